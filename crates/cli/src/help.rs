//! Russian for `--help`: the English stands at the verbs themselves, where the argument parser reads it.

use clap::Command;

use crate::language::Tongue;

/// Command path, argument (none for the command itself), text.
const RUSSIAN: &[(&str, Option<&str>, &str)] = &[
    ("gkh", None, "Шлюз в ГИС ЖКХ: подписывает, отправляет, ждёт, доказывает"),
    ("gkh", Some("config"), "Файл настроек"),
    ("gkh", Some("org"), "Организация по её `id`, если в настройках их несколько"),
    ("gkh", Some("lang"), "Язык текстов; иначе из настроек, иначе системный"),
    ("gkh", Some("json"), "Вывод для программ"),
    ("gkh archive", None, "Доказательства всего, что было передано: сверить, выдать"),
    ("gkh archive verify", None, "Сверить каждую запись, звено, день и подпись; без сети и рядом с работающим шлюзом"),
    (
        "gkh archive verify",
        Some("head"),
        "Итог дня, сохранённый отдельно (`gkh archive head`): по нему видно, что конец отрезан; можно несколько раз",
    ),
    (
        "gkh archive verify",
        Some("ca"),
        "Доверенный удостоверяющий центр, PEM; можно несколько раз. Без него не проверяется, кем выданы сертификаты",
    ),
    ("gkh archive head", None, "Записать новейший подписанный итог дня, чтобы хранить отдельно"),
    ("gkh archive head", Some("output"), "Папка, файл на узел; иначе стандартный вывод"),
    (
        "gkh archive export",
        None,
        "Собрать пакет по объекту, партии, сообщению или периоду: его можно передать и проверить без этой программы",
    ),
    ("gkh archive export", Some("folder"), "Папка, которая будет создана"),
    ("gkh archive export", Some("batch"), "Всё об одной партии"),
    ("gkh archive export", Some("message"), "Всё об одном сообщении"),
    ("gkh archive export", Some("object"), "Всё об объекте с этим `ref`"),
    ("gkh archive export", Some("kind"), "Вид объекта или периода: bills, readings, answers"),
    ("gkh archive export", Some("period"), "Отчётный период объекта; иначе все"),
    ("gkh archive export", Some("from"), "Записанное с этого момента (RFC 3339)"),
    ("gkh archive export", Some("until"), "До этого момента"),
    ("gkh archive hold", None, "Части, которые остаются, каков бы ни был срок: спор, проверка"),
    ("gkh archive hold add", None, "Удержать часть: её байты остаются, и ключи к ней не уничтожаются"),
    ("gkh archive hold add", Some("batch"), "Всё об одной партии"),
    ("gkh archive hold add", Some("message"), "Всё об одном сообщении"),
    ("gkh archive hold add", Some("object"), "Всё об объекте с этим `ref`"),
    ("gkh archive hold add", Some("kind"), "Вид объекта или периода: bills, readings, answers"),
    ("gkh archive hold add", Some("period"), "Отчётный период объекта; иначе все"),
    ("gkh archive hold add", Some("from"), "Записанное с этого момента (RFC 3339)"),
    ("gkh archive hold add", Some("until"), "До этого момента"),
    ("gkh archive hold add", Some("everything"), "Весь архив"),
    ("gkh archive hold add", Some("reason"), "Почему: спор, проверка"),
    ("gkh archive hold release", None, "Снять удержание"),
    ("gkh archive hold release", Some("id"), "Номер удержания"),
    ("gkh archive hold list", None, "Что удерживается, с какого времени и почему"),
    ("gkh archive retain", None, "Сколько хранятся байты, по видам"),
    (
        "gkh archive retain",
        Some("apply"),
        "Удалить сейчас байты, срок которых истёк; работающий шлюз делает это каждый час",
    ),
    ("gkh archive erase", None, "Уничтожить ключи организации: хранимое под ними пропадает навсегда"),
    ("gkh archive erase", Some("month"), "За этот месяц (UTC); он должен закончиться"),
    ("gkh archive erase", Some("everything"), "За все месяцы"),
    ("gkh archive erase", Some("yes"), "Вы знаете, что этого не вернуть"),
    ("gkh config", None, "Что могут говорить настройки и что не так с вашими"),
    (
        "gkh config check",
        None,
        "Всё, что не так с настройками, с местом и советом; ключи не открываются, соединения не устанавливаются",
    ),
    ("gkh config example", None, "Пример с пояснениями, в нём каждая настройка"),
    ("gkh config find", None, "Спросить у стенда orgPPAGUID организации по её ОГРН и сохранить для этого стенда"),
    ("gkh config schema", None, "Схема для редакторов (JSON Schema)"),
    ("gkh demo", None, "Песочница и шлюз в одном процессе: месяц документов образцовой компании"),
    (
        "gkh demo",
        Some("accounts"),
        "Столько документов будет принято вместо 200 образцовых; ещё у одного закрыт лицевой счёт",
    ),
    ("gkh demo", Some("faults"), "Что в песочнице идёт не так; перечень: `gkh sandbox --faults help`"),
    (
        "gkh demo",
        Some("gost_tls"),
        "Через ГОСТ TLS: перед песочницей стоит nginx с engine, который спрашивает сертификат клиента",
    ),
    (
        "gkh doctor",
        None,
        "Всё ли на месте: настройки, ключ, часы, стенд, диск, хранилище. Одна страница, для каждой беды — что делать; ничего не меняет",
    ),
    (
        "gkh doctor",
        Some("timeout"),
        "Сколько ждать каждую проверку (`30s`, `2m`); что не успело, названо непроверенным",
    ),
    ("gkh explain", None, "Что значит код ошибки, системы или наш, и что делать"),
    ("gkh explain", Some("code"), "Код, например INT008165 или delivery.outcome_unknown; без него — все известные"),
    ("gkh export", None, "Обращения или показания, как они есть в ГИС ЖКХ: каждый объект один раз, в последнем виде"),
    ("gkh export", Some("topic"), "Что выгрузить"),
    ("gkh export", Some("format"), "JSON со всеми полями формата или CSV с главными"),
    ("gkh export", Some("output"), "Куда записать; если не дано — стандартный вывод"),
    ("gkh export", Some("direct"), "Спросить ГИС ЖКХ сейчас, мимо хранилища и входящих"),
    ("gkh export", Some("back"), "С `--direct`: за какое время (`7d`); иначе перекрытие из [[pull]]"),
    ("gkh inbox", None, "Входящие: что принесли регулярные выгрузки, для программ-читателей"),
    ("gkh inbox read", None, "Первые неподтверждённые объекты; повторное чтение даёт то же самое"),
    ("gkh inbox read", Some("consumer"), "Кто читает; у каждого имени своё место"),
    ("gkh inbox read", Some("topic"), "Только эта тема; у имени в ней своё место"),
    ("gkh inbox read", Some("limit"), "Не больше стольких"),
    ("gkh inbox read", Some("format"), "Один массив или по объекту в строке"),
    ("gkh inbox ack", None, "Читатель обработал всё до этого места"),
    ("gkh inbox ack", Some("consumer"), "Кто читает"),
    ("gkh inbox ack", Some("topic"), "Только эта тема"),
    ("gkh inbox ack", Some("seq"), "Место: `seq` последнего обработанного объекта"),
    ("gkh message", None, "Проверить, привести к каноническому виду, подписать или сверить сообщение в файле"),
    ("gkh message check", None, "Сверить сообщение со встроенным контрактом: строение, значения, ключи"),
    ("gkh message check", Some("file"), "Конверт или отдельный элемент; `-` — стандартный ввод"),
    ("gkh message canonical", None, "Записать документ или подписанную часть сообщения в каноническом виде"),
    ("gkh message canonical", Some("file"), "Файл; `-` — стандартный ввод"),
    ("gkh message canonical", Some("method"), "Какой канонический вид"),
    ("gkh message canonical", Some("signed"), "Только подписанный элемент без подписи: то, от чего берётся первый хеш"),
    ("gkh message sign", None, "Подписать запрос на месте"),
    ("gkh message sign", Some("file"), "Конверт или отдельный запрос с `Id`; `-` — стандартный ввод"),
    ("gkh message sign", Some("key"), "Закрытый ключ, PEM (PKCS#8)"),
    ("gkh message sign", Some("cert"), "Его сертификат, PEM"),
    ("gkh message sign", Some("profile"), "Профиль байтов"),
    ("gkh message sign", Some("time"), "Время подписи, RFC 3339; если не дано — сейчас"),
    ("gkh message sign", Some("output"), "Куда записать; если не дано — стандартный вывод"),
    ("gkh message verify", None, "Сверить подпись сообщения"),
    ("gkh message verify", Some("file"), "Конверт или отдельный подписанный элемент; `-` — стандартный ввод"),
    ("gkh message verify", Some("ca"), "Доверенный удостоверяющий центр, PEM; можно несколько раз"),
    ("gkh message verify", Some("strict"), "Ошибка, если цепочка не доверена или сертификат не действует"),
    ("gkh message verify", Some("server"), "Это ответ системы, а не запрос"),
    ("gkh message verify", Some("at"), "Судить о сроках на этот момент (RFC 3339), а не на сейчас"),
    ("gkh queue", None, "Что в пути и что решает человек"),
    ("gkh queue list", None, "Незавершённые сообщения"),
    ("gkh queue list", Some("parked"), "Только те, что ждут решения человека"),
    ("gkh queue list", Some("limit"), "Не больше стольких"),
    ("gkh queue show", None, "Одно сообщение: где оно, почему и что прошло по сети"),
    ("gkh queue show", Some("id"), "Номер сообщения"),
    ("gkh queue retry", None, "Попробовать отложенные сообщения ещё раз: неясное выясняется и дважды не отправляется"),
    ("gkh queue retry", Some("id"), "Номер сообщения"),
    ("gkh queue retry", Some("all"), "Все, что ждут решения человека"),
    ("gkh queue retry", Some("stand"), "Из них: на этом стенде"),
    ("gkh queue retry", Some("organisation"), "Из них: этой организации (orgPPAGUID)"),
    ("gkh queue retry", Some("service"), "Из них: этого сервиса (`bills`, `appeals`, `device-metering`)"),
    (
        "gkh queue retry",
        Some("reason_code"),
        "Из них: отложенные с этим кодом или из-за него (AUT011005, delivery.not_delivered)",
    ),
    ("gkh queue retry", Some("by"), "Кто решил, для истории; иначе имя, под которым вас знает система"),
    ("gkh queue retry", Some("reason"), "Почему, для истории"),
    (
        "gkh queue replay",
        None,
        "Отправить отложенные сообщения заново, даже неясные: вы убедились, что в ГИС ЖКХ из них ничего нет",
    ),
    ("gkh queue replay", Some("id"), "Номер сообщения"),
    ("gkh queue replay", Some("all"), "Все, что ждут решения человека"),
    ("gkh queue replay", Some("stand"), "Из них: на этом стенде"),
    ("gkh queue replay", Some("organisation"), "Из них: этой организации (orgPPAGUID)"),
    ("gkh queue replay", Some("service"), "Из них: этого сервиса (`bills`, `appeals`, `device-metering`)"),
    (
        "gkh queue replay",
        Some("reason_code"),
        "Из них: отложенные с этим кодом или из-за него (AUT011005, delivery.not_delivered)",
    ),
    ("gkh queue replay", Some("by"), "Кто решил, для истории; иначе имя, под которым вас знает система"),
    ("gkh queue replay", Some("reason"), "Как вы в этом убедились, для истории"),
    ("gkh queue replay", Some("yes"), "Не спрашивать: вы знаете, что записи могут оказаться там дважды"),
    (
        "gkh queue discard",
        None,
        "Отказаться от отложенных сообщений: неотправленное отклоняется, неясное остаётся неясным",
    ),
    ("gkh queue discard", Some("id"), "Номер сообщения"),
    ("gkh queue discard", Some("all"), "Все, что ждут решения человека"),
    ("gkh queue discard", Some("stand"), "Из них: на этом стенде"),
    ("gkh queue discard", Some("organisation"), "Из них: этой организации (orgPPAGUID)"),
    ("gkh queue discard", Some("service"), "Из них: этого сервиса (`bills`, `appeals`, `device-metering`)"),
    (
        "gkh queue discard",
        Some("reason_code"),
        "Из них: отложенные с этим кодом или из-за него (AUT011005, delivery.not_delivered)",
    ),
    ("gkh queue discard", Some("by"), "Кто решил, для истории; иначе имя, под которым вас знает система"),
    ("gkh queue discard", Some("reason"), "Почему, для истории"),
    ("gkh queue discard", Some("yes"), "С `--all`: не спрашивать"),
    ("gkh queue pause", None, "Приостановить часть потока; начатое завершится"),
    ("gkh queue pause", Some("stand"), "На этом стенде"),
    ("gkh queue pause", Some("organisation"), "Этой организации (orgPPAGUID)"),
    ("gkh queue pause", Some("service"), "Этого сервиса (`bills`, `appeals`, `device-metering`)"),
    ("gkh queue pause", Some("reason"), "Почему, для людей"),
    ("gkh queue pause", Some("period"), "На сколько (`30m`, `2h`); иначе до `resume`"),
    ("gkh queue resume", None, "Продолжить приостановленную часть"),
    ("gkh queue resume", Some("stand"), "На этом стенде"),
    ("gkh queue resume", Some("organisation"), "Этой организации (orgPPAGUID)"),
    ("gkh queue resume", Some("service"), "Этого сервиса"),
    ("gkh queue pauses", None, "Что приостановлено"),
    ("gkh run", None, "Доставить переданное, на переднем плане: за каждую организацию настроек или за ту, что в --org"),
    ("gkh run", Some("until_empty"), "Остановиться, когда делать больше нечего"),
    ("gkh sandbox", None, "Своя ГИС ЖКХ на локальном адресе: тот же контракт, свои правила, сбои по заказу"),
    ("gkh sandbox", Some("listen"), "Где слушать; иначе адрес стенда из настроек, иначе любой свободный порт"),
    ("gkh sandbox", Some("seed"), "Что она знает (JSON); иначе `sandbox.json` рядом с настройками"),
    ("gkh sandbox", Some("faults"), "Что идёт не так, списком; `help` — перечень"),
    ("gkh sandbox", Some("forge"), "Что не так с подписями её ответов; `help` — перечень"),
    (
        "gkh sandbox",
        Some("answer_signers"),
        "Создать при запуске свои ключи ответов вместо образцовых и записать сюда сертификат их центра: для `stand.answer_signers`",
    ),
    (
        "gkh sandbox",
        Some("gost_tls"),
        "Через ГОСТ TLS: перед ней nginx с engine, который спрашивает сертификат клиента; его собственный сертификат пишется сюда, \
         назовите его в `tls.trusted`",
    ),
    ("gkh sandbox", Some("pace"), "Сколько миллисекунд запрос принят и сколько в обработке"),
    ("gkh schema", None, "Операции системы, что меняет выпуск форматов и что из форматов используют сообщения"),
    ("gkh schema list", None, "Сервисы и операции, их версии и пределы, и какие встроены"),
    ("gkh schema list", Some("schemas"), "Пакет форматов, который перечислить вместо встроенного"),
    ("gkh schema diff", None, "Что меняет выпуск форматов, ломает ли он отправку или чтение и кого задевает"),
    ("gkh schema diff", Some("before"), "Каталог прежнего пакета форматов"),
    ("gkh schema diff", Some("after"), "Каталог нового пакета форматов"),
    ("gkh schema diff", Some("used"), "Пути элементов, которыми вы пользуетесь; их пишет `gkh schema used`"),
    ("gkh schema diff", Some("changelog"), "Список изменений оператора; иначе `changelog.txt` нового пакета"),
    (
        "gkh schema used",
        None,
        "Пути элементов, которые используют сообщения, для `schema diff --used`; только имена, без значений",
    ),
    (
        "gkh schema used",
        Some("files"),
        "Сообщения: конверты или отдельные элементы, запросы и ответы; из каталога — все `*.xml`; `-` — стандартный \
         ввод. Без них — то, что хранит хранилище из настроек",
    ),
    ("gkh schema used", Some("schemas"), "Пакет форматов, по которому узнать не встроенные сообщения"),
    ("gkh send", None, "Передать записи для доставки"),
    ("gkh send bills", None, "Месяц платёжных документов: `charges.csv` с соседними файлами или один документ JSON"),
    ("gkh send bills", Some("file"), "Файл начислений (CSV) или документ JSON; иначе `[files] charges` из настроек"),
    ("gkh send bills", Some("period"), "Расчётный период, ГГГГ-ММ; документы других периодов — ошибка"),
    ("gkh send bills", Some("partial"), "Отправить исправные документы, хотя в других есть ошибки"),
    ("gkh send bills", Some("lenient"), "Принимать и рубли (`123,45`), не только целые копейки"),
    ("gkh send bills", Some("again"), "Отправить ещё раз отклонённое, хотя оно не изменилось"),
    ("gkh send bills", Some("wait"), "Доставить и дождаться исхода"),
    (
        "gkh send bills",
        Some("dry_run"),
        "Ничего не отправлять и не сохранять; записать точные подписанные конверты в `--out`",
    ),
    ("gkh send bills", Some("out"), "Каталог для `--dry-run`"),
    ("gkh send readings", None, "Показания приборов учёта: `readings.csv` или документ JSON"),
    ("gkh send readings", Some("file"), "Файл"),
    ("gkh send readings", Some("partial"), "Отправить исправные строки, хотя в других есть ошибки"),
    ("gkh send readings", Some("again"), "Отправить ещё раз отклонённое, хотя оно не изменилось"),
    ("gkh send readings", Some("wait"), "Доставить и дождаться исхода"),
    ("gkh send answers", None, "Ответы на обращения: `answers.csv` или документ JSON; черновик и отправка — два шага"),
    ("gkh send answers", Some("file"), "Файл"),
    ("gkh send answers", Some("partial"), "Отправить исправные строки, хотя в других есть ошибки"),
    ("gkh send answers", Some("again"), "Отправить ещё раз отклонённое, хотя оно не изменилось"),
    ("gkh send answers", Some("wait"), "Доставить и дождаться исхода"),
    ("gkh status", None, "Пакеты и незавершённые сообщения; с `--batch` — каждая строка одного пакета"),
    ("gkh status", Some("batch"), "Результаты одного пакета, строка за строкой"),
    ("gkh status", Some("csv"), "Они же в CSV"),
];

fn russian(path: &str, argument: Option<&str>) -> Option<&'static str> {
    RUSSIAN.iter().find(|(of, named, _)| *of == path && *named == argument).map(|(.., text)| *text)
}

/// The command with its help in a language.
pub(crate) fn in_language(command: Command, tongue: Tongue) -> Command {
    match tongue {
        Tongue::En => command,
        Tongue::Ru => translate(command, "gkh"),
    }
}

fn translate(mut command: Command, path: &str) -> Command {
    if let Some(text) = russian(path, None) {
        command = command.about(text).long_about(None);
    }
    let arguments: Vec<String> = command.get_arguments().map(|argument| argument.get_id().to_string()).collect();
    for id in arguments {
        if let Some(text) = russian(path, Some(&id)) {
            command = command.mut_arg(id, |argument| argument.help(text).long_help(None));
        }
    }
    let verbs: Vec<String> = command.get_subcommands().map(|verb| verb.get_name().to_owned()).collect();
    for verb in verbs {
        let inner = format!("{path} {verb}");
        command = command.mut_subcommand(&verb, |verb| translate(verb, &inner));
    }
    command
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn lacking(command: &Command, path: &str, lacks: &mut Vec<String>) {
        if russian(path, None).is_none() {
            lacks.push(path.to_owned());
        }
        for argument in command.get_arguments().filter(|argument| !argument.is_global_set() || path == "gkh") {
            let id = argument.get_id().as_str();
            if !matches!(id, "help" | "version") && russian(path, Some(id)).is_none() {
                lacks.push(format!("{path} {id}"));
            }
        }
        for verb in command.get_subcommands() {
            lacking(verb, &format!("{path} {}", verb.get_name()), lacks);
        }
    }

    #[test]
    fn every_verb_and_argument_has_its_russian() {
        let mut lacks = Vec::new();
        lacking(&crate::Cli::command(), "gkh", &mut lacks);
        assert!(lacks.is_empty(), "{lacks:?}");
        let mut help = in_language(crate::Cli::command(), Tongue::Ru);
        let verify = help.find_subcommand_mut("message").and_then(|verb| verb.find_subcommand_mut("verify"));
        let text = verify.map(|verb| verb.render_long_help().to_string()).unwrap_or_default();
        assert!(text.contains("удостоверяющий центр"), "{text}");
    }
}
