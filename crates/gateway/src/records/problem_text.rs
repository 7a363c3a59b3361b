//! The codes of problems and their texts in both languages: what is wrong; what to do.

use serde::{Deserialize, Serialize};

use super::problem::Lang;

macro_rules! codes {
    ($($(#[$doc:meta])+ $name:ident: $en:literal | $ru:literal;)+) => {
        /// What is wrong with a record. The names (`snake_case` in JSON) are stable; texts may be improved.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])+ $name,)+
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The text with `{figures}` still to be filled in.
            pub(crate) const fn template(self, lang: Lang) -> &'static str {
                match (self, lang) {
                    $((Self::$name, Lang::En) => $en, (Self::$name, Lang::Ru) => $ru,)+
                }
            }
        }
    };
}

codes! {
    /// The file is not there.
    FileMissing: "the file does not exist; put it beside charges.csv or name it in [files] of the configuration"
        | "файла нет; положите его рядом с charges.csv или укажите в [files] настроек";
    /// The file named is not there.
    NoSuchFile: "the file does not exist; check its name"
        | "файла нет; проверьте его имя";
    /// The operating system does not let us read the file.
    FileUnreadable: "the file cannot be read ({reason}); check its rights and the disk"
        | "файл не читается ({reason}); проверьте права и диск";
    /// A directory, a pipe or a device.
    NotAFile: "this is not an ordinary file; name a file"
        | "это не обычный файл; укажите файл";
    /// The file has 0 bytes.
    FileEmpty: "the file is empty (0 bytes); export it again"
        | "файл пуст (0 байт); выгрузите его заново";
    /// The file is larger than the limit; it was not read.
    FileTooLarge: "the file has {size} bytes, the limit is {limit}; split it into several files"
        | "в файле {size} байт, предел {limit}; разделите его на несколько файлов";
    /// The bytes are not UTF-8.
    WrongEncoding: "the file is not UTF-8, it looks like {encoding}; save it as UTF-8 (in Excel: CSV UTF-8)"
        | "файл не в UTF-8, похоже на {encoding}; сохраните его в UTF-8 (в Excel: CSV UTF-8)";
    /// The first line holds no column names.
    NoHeader: "the first line has no known column names; begin the file with a header, for example {example}"
        | "в первой строке нет известных названий колонок; начните файл с заголовка, например {example}";
    /// Columns are separated by something else than `;` or `,`.
    WrongDelimiter: "columns are separated by tabs; separate them by ; or ,"
        | "колонки разделены табуляцией; разделите их знаком ; или ,";
    /// A column or key the format does not have.
    UnknownColumn: "column {name} is unknown; remove it or correct its name"
        | "колонка {name} неизвестна; уберите её или исправьте название";
    /// A column or key the format does not have, with one that is spelt alike.
    UnknownColumnLike: "column {name} is unknown; did you mean {like}?"
        | "колонка {name} неизвестна; может быть, {like}?";
    /// A column or key stands twice.
    RepeatedColumn: "the column stands twice; keep one"
        | "колонка указана дважды; оставьте одну";
    /// A mandatory column is not in the header.
    MissingColumn: "mandatory column {name} is missing; add it"
        | "нет обязательной колонки {name}; добавьте её";
    /// A header and nothing below it.
    NoRows: "the file has no rows; export it again"
        | "в файле нет ни одной строки с данными; выгрузите его заново";
    /// A quoted field never ends.
    UnterminatedQuote: "a quote opened here is never closed, the file may be cut off; nothing after it was read"
        | "открытая здесь кавычка не закрыта, файл мог быть обрезан; дальше ничего не прочитано";
    /// Text between a closing quote and the delimiter.
    TextAfterQuote: "text follows a closing quote; double every quote inside a quoted field"
        | "после закрывающей кавычки идёт текст; внутри поля в кавычках удваивайте кавычки";
    /// The row has more or fewer cells than the header.
    WrongFieldCount: "the row has {found} cells, the header has {expected}; check delimiters, or the file is cut off"
        | "в строке {found} ячеек, в заголовке {expected}; проверьте разделители — или файл обрезан";
    /// The JSON text breaks off.
    JsonTruncated: "the JSON breaks off here; the file is cut off, export it again"
        | "JSON здесь обрывается; файл обрезан, выгрузите его заново";
    /// The JSON text is not JSON.
    JsonMalformed: "this is not valid JSON at character {character} of the line; correct it"
        | "это не JSON, знак {character} строки; исправьте";
    /// The key `schema` says something else.
    JsonSchema: "key schema must say \"{schema}\"; write it, or take a newer version of the program"
        | "ключ schema должен быть \"{schema}\"; укажите его или возьмите более новую программу";
    /// Another kind of JSON value stands here.
    JsonKind: "{expected} is expected here"
        | "здесь должно быть: {expected}";
    /// A mandatory cell is empty.
    Empty: "the value is mandatory and empty; fill it in"
        | "обязательное значение не заполнено; заполните";
    /// Letters in a number.
    LettersInNumber: "letters in a number; write digits only"
        | "буквы в числе; пишите только цифры";
    /// `1E+2`.
    Exponent: "a number with an exponent; format the column as text and write all digits"
        | "число с показателем степени (вид 1E+2); задайте колонке текстовый формат и пишите все цифры";
    /// Roubles where kopecks are expected.
    FractionOfKopeck: "whole kopecks are expected: 123.45 roubles is 12345; or read leniently with --lenient"
        | "нужны целые копейки: 123,45 руб. — это 12345; или читайте с --lenient";
    /// A comma in a decimal.
    CommaInNumber: "a comma in a number; write a point"
        | "запятая в числе; пишите точку";
    /// Spaces in a number.
    SpacesInNumber: "spaces in a number; write the digits together"
        | "пробелы в числе; пишите цифры слитно";
    /// Not a number in any other way.
    NotANumber: "not a number; write digits, a minus before them if need be"
        | "это не число; пишите цифры, при необходимости с минусом";
    /// More than the contract can carry.
    AmountTooLarge: "the amount is larger than ГИС ЖКХ takes ({limit} kopecks); check it"
        | "сумма больше, чем принимает ГИС ЖКХ ({limit} коп.); проверьте её";
    /// Below zero where only zero or more is possible.
    Negative: "the value must not be negative; check the sign"
        | "значение не может быть отрицательным; проверьте знак";
    /// Too many digits after the point.
    FractionDigits: "{found} digits after the point, at most {limit} are possible; round in the billing system"
        | "после точки {found} знаков, можно не больше {limit}; округлите в расчётной программе";
    /// Too many digits together.
    TotalDigits: "{found} digits, at most {limit} are possible; check the value"
        | "в числе {found} цифр, можно не больше {limit}; проверьте значение";
    /// Outside the numbers that are possible.
    OutOfRange: "a whole number from {min} to {max} is expected"
        | "нужно целое число от {min} до {max}";
    /// Not a date.
    NotADate: "not a date; write year, month and day as YYYY-MM-DD"
        | "это не дата; пишите год, месяц и день: ГГГГ-ММ-ДД";
    /// A payment that has not happened yet.
    DateInFuture: "the date lies after today ({today}); check it"
        | "дата позже сегодняшней ({today}); проверьте её";
    /// Not a period.
    NotAPeriod: "not a period; write year and month as YYYY-MM"
        | "это не период; пишите год и месяц: ГГГГ-ММ";
    /// Not a GUID.
    NotAGuid: "not a GUID; copy it as 8-4-4-4-12 hexadecimal digits"
        | "это не GUID; скопируйте его в виде 8-4-4-4-12 шестнадцатеричных знаков";
    /// Too long a text.
    TooLong: "{found} characters, at most {limit} are possible; shorten it"
        | "{found} знаков, можно не больше {limit}; сократите";
    /// A control character.
    ForbiddenCharacter: "a control character which XML cannot carry; remove it"
        | "управляющий знак, недопустимый в XML; удалите его";
    /// Not one of a closed list.
    UnknownValue: "the value is not one of: {allowed}"
        | "значения нет в списке: {allowed}";
    /// Known to the format, not sent by this version.
    NotSupported: "this version does not send {what}; leave the cell empty or take the row out"
        | "эта версия не отправляет: {what}; оставьте ячейку пустой или уберите строку";
    /// A number of a document or an account without a letter or a digit.
    NoLetterOrDigit: "at least one letter or digit is needed"
        | "нужна хотя бы одна буква или цифра";
    /// A БИК is 9 digits.
    BadBik: "a БИК is 9 digits; check it"
        | "БИК — это 9 цифр; проверьте";
    /// A bank account is 20 digits.
    BadBankAccount: "a bank account is 20 digits; format the column as text and check it"
        | "расчётный счёт — это 20 цифр; задайте колонке текстовый формат и проверьте";
    /// The key digit does not fit.
    BankAccountKey: "the key digit of the account does not fit the БИК; check both"
        | "контрольный ключ счёта не подходит к БИК; проверьте и счёт, и БИК";
    /// An ЕЛС of another shape.
    BadEls: "an ЕЛС is 2 digits, 2 Russian letters and 6 digits; copy it from the personal account of ГИС ЖКХ"
        | "ЕЛС — это 2 цифры, 2 русские буквы и 6 цифр; скопируйте его из личного кабинета ГИС ЖКХ";
    /// An ЕЛС with Latin letters that look Russian.
    LatinLetters: "Latin letters that only look Russian; type them in the Russian layout"
        | "латинские буквы, похожие на русские; наберите их в русской раскладке";
    /// An НСИ code of another shape.
    BadNsiCode: "not a code of an НСИ element (digits and points, at most 20 characters); copy it from the reference book"
        | "это не код позиции НСИ (цифры и точки, не больше 20 знаков); скопируйте его из справочника";
    /// A `ref` stands twice in one file.
    RepeatedRef: "ref {value} was already used in line {line}; give every row a ref of its own"
        | "ref {value} уже есть в строке {line}; дайте каждой строке свой ref";
    /// A service code stands twice.
    RepeatedCode: "our_code {value} was already used in line {line}; keep one row a service"
        | "our_code {value} уже есть в строке {line}; оставьте по одной строке на услугу";
    /// Two bills of one account and period with one number.
    RepeatedNumber: "this account has another bill with this number in the period, in line {line}; number them differently"
        | "у этого лицевого счёта за период есть другой платёжный документ с таким номером, строка {line}; дайте разные номера";
    /// A number of a line stands twice in one bill.
    RepeatedLine: "line {value} of this bill was already given in line {line} of the file; number the lines differently"
        | "строка {value} этого документа уже есть в строке {line} файла; пронумеруйте по-разному";
    /// One service twice in a bill.
    RepeatedService: "the same service of ГИС ЖКХ is already charged in line {line}; ГИС ЖКХ takes one line a service, add them up"
        | "эта услуга ГИС ЖКХ уже начислена в строке {line}; ГИС ЖКХ принимает одну строку на услугу, сложите их";
    /// The account is not in `accounts.csv`.
    UnknownAccount: "account {value} is not among the accounts; add it to accounts.csv"
        | "лицевого счёта {value} нет в списке; добавьте его в accounts.csv";
    /// The account was closed before the period began.
    AccountClosed: "the account was closed on {date}, before the period; take the bill out or correct accounts.csv"
        | "лицевой счёт закрыт {date}, до начала периода; уберите документ или исправьте accounts.csv";
    /// The service is not in `services.csv`.
    UnknownService: "service {value} is not among the services; add it to services.csv"
        | "услуги {value} нет в списке; добавьте её в services.csv";
    /// The requisites are not in `bank.csv`.
    UnknownBank: "bank requisites {value} are not listed; add them to bank.csv"
        | "реквизитов {value} нет в списке; добавьте их в bank.csv";
    /// The row referred to has problems of its own.
    FaultyReference: "{value} is listed in {file}, but its row has errors; correct that row"
        | "{value} есть в {file}, но та строка с ошибками; исправьте её";
    /// A line of a bill that is not there.
    LineWithoutBill: "charges has no bill with ref {value}; add the bill or correct charge_ref"
        | "в charges нет документа с ref {value}; добавьте документ или исправьте charge_ref";
    /// A bill with nothing charged.
    BillWithoutLines: "the bill has no lines; add them to charge_lines or take the bill out"
        | "у документа нет ни одной строки начислений; добавьте их в charge_lines или уберите документ";
    /// A line could not be told apart, and no total of this bill proves that it is not missing here.
    LinesMayBeMissing: "a line of the file could not be attributed and may belong here; correct it, or give total_period_kop"
        | "одна из строк файла не распознана и может относиться сюда; исправьте её или укажите total_period_kop";
    /// The period has not begun.
    PeriodInFuture: "period {value} has not begun by today ({today}); check it"
        | "период {value} ещё не наступил (сегодня {today}); проверьте его";
    /// Another period was asked for.
    OtherPeriod: "the bill is for {value}, asked for is {asked}; correct the file or --period"
        | "документ за {value}, а запрошен {asked}; исправьте файл или --period";
    /// Both a debt and an advance.
    DebtAndAdvance: "both a debt and an advance are given; only one of them can be above zero"
        | "указаны и долг, и аванс; больше нуля может быть только одно из двух";
    /// total ≠ accrued + recalculation − benefit.
    LineSum: "accrued + recalculation − benefit is {expected} roubles, total says {given}; correct the line"
        | "начислено + перерасчёт − льгота = {expected} руб., а в итоге строки {given}; исправьте строку";
    /// total of the period ≠ Σ of lines.
    PeriodSum: "the lines make {expected} roubles with penalties and court costs, the total says {given}; correct the bill"
        | "по строкам с неустойкой и судебными расходами {expected} руб., а в итоге {given}; исправьте документ";
    /// total with debt ≠ total + debt − advance.
    DebtSum: "period + debt − advance is {expected} roubles, the total says {given}; correct the bill"
        | "за период + долг − аванс = {expected} руб., а в итоге {given}; исправьте документ";
    /// Σ of the debts of lines ≠ debt − advance of the bill.
    LineDebts: "the debts of the lines make {given} roubles, debt − advance of the bill is {expected}; correct the bill"
        | "долги по строкам составляют {given} руб., а долг − аванс документа {expected}; исправьте документ";
    /// A sum that no bill can have.
    SumTooLarge: "the sum of the bill is larger than ГИС ЖКХ takes; check the lines"
        | "сумма документа больше, чем принимает ГИС ЖКХ; проверьте строки";
    /// Common needs without the housing service they belong to.
    CommonNeedsAlone: "a resource for common needs (registry 2) goes inside a housing service (registry 50), the bill has none; add it"
        | "ресурс на общедомовые нужды (НСИ 2) входит в жилищную услугу (НСИ 50), а её в документе нет; добавьте";
    /// A volume that the document has no place for.
    VolumeHasNoPlace: "a service of registry {registry} has no such volume in the payment document; leave the cell empty"
        | "у услуги из НСИ {registry} такого объёма в платёжном документе нет; оставьте ячейку пустой";
    /// A service needs its tariff.
    TariffMissing: "a service of registry {registry} needs its tariff; fill it in"
        | "для услуги из НСИ {registry} нужен тариф; заполните";
    /// Two rows of one object.
    RepeatedObject: "line {line} is about the same; of two rows about one thing neither is sent, keep one"
        | "о том же говорит строка {line}; из двух строк об одном не отправляется ни одна, оставьте одну";
    /// Exactly one of two columns is wanted.
    OneOfTwo: "fill in this column or {other}: one of them and not both"
        | "заполните эту колонку или {other}: одну из них, не обе";
    /// A control reading has no month of its own.
    PeriodHasNoPlace: "a control reading belongs to its day and has no period; leave the cell empty"
        | "контрольное показание относится к своему дню, периода у него нет; оставьте ячейку пустой";
    /// A meter with one tariff has no second one.
    TariffHasNoPlace: "a meter with a resource has one tariff; leave the cell empty, or leave the resource out for electricity"
        | "у прибора с ресурсом один тариф; оставьте ячейку пустой или, если это электричество, не указывайте ресурс";
}
