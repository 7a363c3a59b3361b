//! The documents of every cage.

use gis_gkh_zoo::contract::{
    attributes, builtins, content, defaults, enumeration, extension, facets_, fixed, groups, keys, lists, names,
    recursion, restriction, substitution,
};

use super::{Cage, judge};

macro_rules! cages {
    ($($schema:literal $root:literal $ty:ty { $($good:literal),* $(,)? } { $($bad:literal),* $(,)? })*) => {
        vec![$(Cage {
            schema: $schema, root: $root, judge: judge::<$ty>, allowed: &[$($good),*], forbidden: &[$($bad),*],
        }),*]
    };
}

/// All cages. In braces first what is allowed, then what is forbidden. `<!--other form-->` marks a document whose
/// values come back in another form that means the same, `<!--libxml2 differs-->` one on which libxml2 errs: it overlooks
/// `fixed` of an attribute declared elsewhere, and takes `1` for another boolean than `true`.
pub(crate) fn cages() -> Vec<Cage> {
    let mut all = structure();
    all.extend(values());
    all.extend(constraints());
    all
}

fn structure() -> Vec<Cage> {
    cages! {
        "content" "ChoiceInSequence" content::ChoiceInSequence
            { "<A>1</A><B>2</B>", "<A>1</A><C/><D>3</D>", "<A>&lt;&amp;</A><B> x </B>" }
            { "", "<A/>", "<B/>", "<A/><B/><C/>", "<A/><D/>", "<B/><A/>", "<A/><B/><D/><D/>", "<A/><B/>text", "<A/><B/><E/>" }
        "content" "SequenceInChoice" content::SequenceInChoice
            { "<A>1</A>", "<A>1</A><B>2</B>", "<C>1</C><D>2</D>", "<E/>" }
            { "", "<B/>", "<C/>", "<D/>", "<A/><E/>", "<A/><C/><D/>", "<C/><D/><E/>", "<D/><C/>" }
        "content" "NestedChoices" content::NestedChoices
            { "<A>1</A>", "<B>1</B>", "<C>1</C>", "<D>1</D><E>2</E>", "<D>1</D><F>2</F>" }
            { "", "<D/>", "<E/>", "<A/><B/>", "<D/><E/><F/>", "<D/><A/>" }
        "content" "OptionalChoice" content::OptionalChoice
            { "<D>1</D>", "<A>1</A><D>1</D>", "<B>1</B><D>1</D>", "<A>1</A><C>1</C><D>1</D>" }
            { "", "<A/>", "<A/><B/>", "<B/><C/><D/>", "<D/><B/>" }
        "content" "RepeatedChoice" content::RepeatedChoice
            { "<C>1</C>", "<A>1</A><C/>", "<B>1</B><A>2</A><A>3</A><B>4</B><C/>" }
            { "", "<A/>", "<C/><A/>", "<A/><D/><C/>" }
        "content" "CountedChoice" content::CountedChoice
            { "<A>1</A>", "<B>1</B><C>2</C>", "<A>1</A><B>2</B><C>3</C><A>4</A>" }
            { "", "<B/>", "<A/><A/><A/><A/>", "<A/><C/>", "<B/><A/><C/>" }
        "content" "OptionalSequence" content::OptionalSequence
            { "<A>1</A>", "<A>1</A><B>2</B><C>3</C>", "<A>1</A><D>4</D>", "<A>1</A><B>2</B><C>3</C><D>4</D>" }
            { "", "<A/><B/>", "<A/><C/>", "<A/><B/><D/>", "<A/><B/><C/><B/><C/>" }
        "content" "RepeatedSequence" content::RepeatedSequence
            { "<A>1</A>", "<A>1</A><B>2</B><A>3</A><C>4</C>", "<A>1</A><A>2</A><A>3</A><B>4</B>" }
            { "", "<B/>", "<A/><B/><B/>", "<A/><A/><A/><A/>", "<A/><C/><A/>" }
        "content" "OptionalOfOptional" content::OptionalOfOptional
            { "<C>1</C>", "<A>1</A><C/>", "<B>1</B><C/>", "<A>1</A><B>2</B><C/>" }
            { "", "<B/><A/><C/>", "<A/><A/><C/>", "<A/>" }
        "content" "ChoiceOfRepeated" content::ChoiceOfRepeated
            { "<A>1</A>", "<A>1</A><A>2</A><A>3</A>", "<B>1</B><B>2</B>", "<B/><B/><B/><B/>" }
            { "", "<A/><A/><A/><A/>", "<B/>", "<A/><B/>" }
        "content" "EmptiableChoice" content::EmptiableChoice
            { "<C>1</C>", "<A>1</A><C/>", "<B>1</B><C/>" }
            { "", "<A/><B/><C/>", "<A/>" }
        "content" "EmptiableSequenceInChoice" content::EmptiableSequenceInChoice
            { "<D>1</D>", "<A>1</A><D/>", "<A>1</A><B>2</B><D/>", "<B>2</B><D/>", "<C>1</C><D/>" }
            { "", "<A/><C/><D/>", "<B/><A/><D/>", "<C/><C/><D/>" }
        "content" "RepeatedNames" content::RepeatedNames
            { "<A>1</A><B>2</B><A>3</A>" }
            { "", "<A/><B/>", "<A/><A/>", "<B/><A/>", "<A/><B/><A/><A/>" }
        "content" "Counted" content::Counted
            { "<A>1</A><A>2</A>", "<A/><A/><A/><A/><B/><B/><B/>" }
            { "", "<A/>", "<A/><A/><A/><A/><A/>", "<A/><B/><A/>", "<B/>" }
        "content" "OptionalRepeatedInOptional" content::OptionalRepeatedInOptional
            { "<A>1</A>", "<A>1</A><B>2</B><B>3</B><C>4</C>", "<A>1</A><C>4</C>" }
            { "", "<B/>", "<A/><C/><B/>" }
        "content" "DeepSequences" content::DeepSequences
            { "<A>1</A>", "<A>1</A><B>2</B>", "<A>1</A><B>2</B><C>3</C>", "<A>1</A><D>2</D><E>3</E><F>4</F>", "<A>1</A><D>2</D><G>3</G>" }
            { "", "<A/><C/>", "<A/><D/>", "<A/><D/><E/>", "<A/><D/><E/><F/><G/>", "<A/><B/><D/><G/>" }
        "groups" "GroupInSequence" groups::GroupInSequence
            { "<A>1</A><Left>2</Left><B>3</B>", "<A>1</A><Left>2</Left><Right>3</Right><B>4</B>" }
            { "<A/><B/>", "<A/><Right/><B/>", "<Left/><A/><B/>" }
        "groups" "OptionalGroup" groups::OptionalGroup
            { "<A>1</A>", "<A>1</A><Left>2</Left>", "<A>1</A><Left>2</Left><Right>3</Right>" }
            { "", "<A/><Right/>", "<A/><Left/><Left/>" }
        "groups" "RepeatedGroup" groups::RepeatedGroup
            { "<B>1</B>", "<Left>1</Left><Left>2</Left><Right>3</Right><B>4</B>" }
            { "<Left/>", "<Left/><Left/><Left/><B/>", "<Right/><B/>" }
        "groups" "ChoiceGroup" groups::ChoiceGroup
            { "<A>1</A><One>2</One>", "<A>1</A><Other>2</Other><B>3</B>" }
            { "<A/>", "<A/><One/><Other/>", "<One/>" }
        "groups" "RepeatedChoiceGroup" groups::RepeatedChoiceGroup
            { "<One>1</One>", "<Other>1</Other><One>2</One><Other>3</Other>" }
            { "", "<One/><A/>" }
        "groups" "GroupsInChoice" groups::GroupsInChoice
            { "<Left>1</Left>", "<Left>1</Left><Right>2</Right>", "<One>1</One>", "<Other>1</Other>", "<A>1</A>" }
            { "", "<Right/>", "<Left/><A/>", "<One/><Other/>" }
        "groups" "NestedGroup" groups::NestedGroup
            { "<Head>1</Head><One>2</One>", "<Head>1</Head><Other>2</Other><B>3</B>" }
            { "<Head/>", "<One/>", "<Head/><B/>" }
        "extension" "Third" extension::Third
            { "third=\"x\"|<A>1</A><B>2</B><D>3</D>", "first=\"4\" third=\"x\"|<A>1</A><C>2</C><E>3</E><F>5</F><G>6</G>" }
            { "<A/><B/><D/>", "third=\"x\"|<A/><B/>", "third=\"x\"|<A/><B/><D/><F/>", "third=\"x\" first=\"y\"|<A/><B/><D/>", "third=\"x\"|<D/><A/><B/>" }
        "extension" "Same" extension::Same
            { "<A>1</A><B>2</B>", "first=\"-1\"|<A>1</A><C>2</C>" }
            { "<A/>", "first=\"1.5\"|<A/><B/>" }
        "extension" "Mixture" extension::Mixture
            { "<First><A>1</A><B>2</B></First>", "<First first=\"1\"><A/><C/></First><Third third=\"\"><A/><B/><E/></Third>" }
            { "", "<First third=\"1\"><A/><B/></First>", "<First><A/><B/><D/></First>" }
        "extension" "Amounts" extension::Amounts
            { "<Plain currency=\"RUB\">1.50</Plain>", "<Plain currency=\"a\">0</Plain><Plain currency=\"\">-7.0</Plain><Dated currency=\"&lt;&quot;\" on=\"2026-10-01\">3</Dated>" }
            { "<Plain>1</Plain>", "<Plain currency=\"RUB\">x</Plain>", "<Plain currency=\"RUB\"/>", "<Plain currency=\"RUB\">1</Plain><Dated on=\"2026-10-01\">1</Dated>", "<Plain currency=\"RUB\">1</Plain><Dated currency=\"\" on=\"2026-13-01\">1</Dated>", "<Plain currency=\"RUB\" on=\"2026-10-01\">1</Plain>", "<Plain currency=\"RUB\">1<A/></Plain>" }
        "extension" "Nothing" extension::Nothing
            { "" }
            { "x", "<A/>", "a=\"1\"|" }
        "attributes" "Attributes" attributes::Attributes
            { "required=\"1\" f:version=\"1.2\"|", "required=\"-1\" f:version=\"1.2\" optional=\"a &amp; b\" fixed=\"so\" colour=\"red\" f:mark=\"abc\"|<A>1</A>" }
            { "", "required=\"1\"|", "f:version=\"1.2\"|", "required=\"1\" version=\"1.2\"|", "required=\"1\" f:version=\"1.3\"|<!--libxml2 differs-->", "required=\"x\" f:version=\"1.2\"|", "required=\"1\" f:version=\"1.2\" colour=\"blue\"|", "required=\"1\" f:version=\"1.2\" f:mark=\"abcd\"|", "required=\"1\" f:version=\"1.2\" mark=\"abc\"|", "required=\"1\" f:version=\"1.2\" fixed=\"not\"|", "f:required=\"1\" f:version=\"1.2\"|", "required=\"1\" f:version=\"1.2\" more=\"\"|" }
        "substitution" "Fields" substitution::Fields
            {
                "<Field xsi:type=\"z:NumberFieldType\"><f:Common>1</f:Common><Number>2</Number></Field>",
                "<Field xsi:type=\"NumberFieldType\"><f:Common>1</f:Common><Number>2</Number></Field>",
                "<Field xmlns:odd-prefix.1=\"urn:zoo:substitution\" xsi:type=\"odd-prefix.1:TextFieldType\" lang=\"ru\"><f:Common/></Field>",
                "<Field xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" i:type=\"z:LongTextFieldType\"><f:Common/><Text>t</Text><More>1</More><More>2</More></Field>",
                "<z:Field xmlns=\"urn:zoo:foreign\" xmlns:z=\"urn:zoo:substitution\" xsi:type=\"z:TextFieldType\"><Common/></z:Field><Field xsi:type=\"z:NumberFieldType\"><f:Common/><Number>3</Number></Field>",
            }
            {
                "", "<Field><f:Common/></Field>", "<Field xsi:type=\"f:Base\"><f:Common/></Field>",
                "<Field xsi:type=\"z:Unheard\"><f:Common/></Field>", "<Field xsi:type=\"f:NumberFieldType\"><f:Common/><Number>1</Number></Field>",
                "<Field xsi:type=\"nowhere:NumberFieldType\"><f:Common/><Number>1</Number></Field>",
                "<Field xsi:type=\"z:NumberFieldType\"><f:Common/></Field>", "<Field xsi:type=\"z:NumberFieldType\"><Number>1</Number></Field>",
                "<Field xsi:type=\"z:LongTextFieldType\"><f:Common/></Field>", "<Field type=\"z:TextFieldType\"><f:Common/></Field>",
                "<Field xsi:type=\"z:NumberFieldType\" lang=\"ru\"><f:Common/><Number>1</Number></Field>",
                "<Field xmlns:z=\"urn:zoo:foreign\" xsi:type=\"z:NumberFieldType\"><f:Common/><Number>1</Number></Field>",
            }
        "fixed" "FixedInSequence" fixed::FixedInSequence
            { "<Always>true</Always>", "<Always>true</Always><Sometimes>true</Sometimes><Word>RUB</Word><A>1</A>", "<Always/><!--other form-->", "<Always>1</Always><!--other form--><!--libxml2 differs-->" }
            { "", "<Always>false</Always>", "<Always>0</Always>", "<Always> </Always>", "<Always>true</Always><Sometimes>false</Sometimes>", "<Always>true</Always><Word>USD</Word>", "<Always>yes</Always>", "<Always>true</Always><Always>true</Always>" }
        "fixed" "FixedInChoice" fixed::FixedInChoice
            { "<All>true</All>", "<None>true</None>", "<Some>1</Some><Some>2</Some>" }
            { "", "<All>false</All>", "<All>true</All><None>true</None>", "<Some/><Some/><Some/><Some/>", "<All>true</All><Some/>" }
        "recursion" "Tree" recursion::Tree
            { "<Name>1</Name>", "<Name>1</Name><Next><Name>2</Name><Next><Name>3</Name></Next></Next><Child><Name>4</Name><Child><Name>5</Name></Child></Child><Child><Name>6</Name></Child>" }
            { "", "<Name/><Next/>", "<Name/><Child><Child/></Child>", "<Next><Name/></Next>" }
        "recursion" "Formula" recursion::Formula
            { "<Number>1</Number>", "<Not><Both><Left><Number>1</Number></Left><Right><Not><Number>2</Number></Not></Right></Both></Not>" }
            { "", "<Not/>", "<Both><Left><Number>1</Number></Left></Both>", "<Number>1</Number><Not><Number>1</Number></Not>" }
        "recursion" "Chained" recursion::Chained
            { "", "<Link><Link><Link/></Link></Link>" }
            { "<Link/><Link/>", "<Link>x</Link>" }
        "names" "Obstacles" names::Obstacles
            {
                "", "type=\"a\" guid=\"g\"|<type>1</type><match>2</match><self>3</self><Self>4</Self><crate>5</crate><super>6</super><async>7</async><fn>8</fn><r>9</r><w>10</w><at>11</at><c>12</c><v>13</v><Ok>14</Ok><Err>15</Err><None>16</None><Some>17</Some><Box>18</Box><String>19</String><Vec>20</Vec><Option>21</Option><xml>22</xml><Name>23</Name><guid>24</guid><GUID>25</GUID><orgPPAGUID>26</orgPPAGUID><FIASHouseGuid>27</FIASHouseGuid><MDServiceCode>28</MDServiceCode><isUOAccount>29</isUOAccount><IDs>30</IDs><A1>31</A1><a-b>32</a-b><a.b>33</a.b><a_b>34</a_b><KNOWN>35</KNOWN><new>36</new><read>37</read><write>38</write><check>39</check><value>40</value><fields>41</fields><all>42</all><i>43</i><std>44</std><Nested><Self>45</Self></Nested>",
                "<Nested><self>1</self></Nested>", "<Nested><Other>1</Other></Nested>", "<Nested><Ok>1</Ok></Nested>", "<Nested><newValue>1</newValue></Nested>", "<Nested><NewValue>1</NewValue></Nested>",
            }
            { "<GUID/><guid/>", "<Nested/>", "<Nested><Ok/><Box/></Nested>" }
        "names" "Ok" names::OkType
            { "<Vec/>", "<Vec><OptionType><String><Option>1</Option></String></OptionType></Vec><Vec/>" }
            { "", "<Vec><OptionType/></Vec>", "<Vec/><Vec/><Vec/>" }
    }
}

fn values() -> Vec<Cage> {
    cages! {
        "enumeration" "Enumerated" enumeration::Enumerated
            {
                "<Word>Yes</Word>", "<Word>not yet</Word><Narrow>Yes</Narrow><Number>10</Number><Symbols>a+b</Symbols><Inline>here</Inline>",
                "<Number>1</Number><Symbols>01</Symbols>", "<Number>2</Number><Symbols>1</Symbols>", "<Symbols>Other</Symbols>", "<Symbols>да</Symbols>", "<Symbols>a-b</Symbols>",
                "<Number> 2 </Number><!--other form-->", "<Number>+1</Number><!--other form-->", "<Number>010</Number><!--other form-->", "<Symbols>  a-b\n</Symbols><!--other form-->",
            }
            { "<Word>yes</Word>", "<Word> Yes</Word>", "<Word/>", "<Word>not  yet</Word>", "<Narrow>No</Narrow>", "<Number>3</Number>", "<Number>1.0</Number>", "<Number>one</Number>", "<Symbols>2</Symbols>", "<Symbols>001</Symbols>", "<Inline>there</Inline>" }
        "facets" "Facets" facets_::Facets
            {
                "", "<Length>абв</Length>", "<Length>   </Length>", "<Lengths>ab</Lengths>", "<Lengths>abcd</Lengths>", "<Lengths>😀ж</Lengths>",
                "<Money>123.45</Money>", "<Money>0.05</Money>", "<Money>123.450000</Money>", "<Money>000123.45</Money>", "<Money>-999.9</Money>", "<Money>12345</Money>", "<Money>0</Money>", "<Money>-0.00</Money>", "<Money>+1.5</Money>", "<Money>.5</Money>", "<Money>5.</Money>",
                "<Total>100</Total>", "<Total>1.00</Total>", "<Total>0.12</Total>", "<Total>0.012</Total>", "<Fraction>123456789012345678.9</Fraction>", "<Fraction>1.000</Fraction>",
                "<Inclusive>0</Inclusive>", "<Inclusive>99.50</Inclusive>", "<Inclusive>-0.0</Inclusive>", "<Exclusive>0.0001</Exclusive>", "<Exclusive>0.9999999999999999999999</Exclusive>",
                "<Whole>-5</Whole>", "<Whole>5</Whole>", "<Digits>999</Digits>", "<Digits>-999</Digits>", "<Digits>0</Digits>",
                "<Day>2020-02-29</Day>", "<Day>2030-12-31</Day>", "<Pattern>07</Pattern>", "<Pattern>xxx</Pattern>", "<Steps>Zя</Steps>", "<Steps>яяяяяя</Steps>", "<Token>abc</Token>", "<Positive>1</Positive>",
                "<DayOfMonth>-1</DayOfMonth>", "<DayOfMonth>7</DayOfMonth>", "<DayOfMonth>30</DayOfMonth>",
                "<Whole>+05</Whole><!--other form-->", "<Digits>0999</Digits><!--other form-->", "<Token>  abc </Token><!--other form-->",
            }
            {
                "<Length>аб</Length>", "<Length>абвг</Length>", "<Length/>", "<Lengths>a</Lengths>", "<Lengths>abcde</Lengths>",
                "<Money>123.456</Money>", "<Money>1234.56</Money>", "<Money>123456</Money>", "<Money>1e3</Money>", "<Money/>", "<Money>1,5</Money>", "<Money>NaN</Money>", "<Money>.</Money>", "<Money>1 000</Money>",
                "<Total>1000</Total>", "<Total>1.234</Total>", "<Fraction>0.12</Fraction>",
                "<Inclusive>-0.01</Inclusive>", "<Inclusive>99.51</Inclusive>", "<Exclusive>0</Exclusive>", "<Exclusive>1</Exclusive>", "<Exclusive>1.0</Exclusive>", "<Exclusive>-1</Exclusive>",
                "<Whole>-6</Whole>", "<Whole>6</Whole>", "<Whole>1.0</Whole>", "<Whole>99999999999</Whole>", "<Digits>1000</Digits>",
                "<Day>2020-02-28</Day>", "<Day>2031-01-01</Day>", "<Day>2021-02-29</Day>", "<Pattern>7</Pattern>", "<Pattern>07x</Pattern>", "<Pattern/>", "<Steps>А</Steps>", "<Steps>яяяяяяя</Steps>", "<Steps>zя</Steps>", "<Token>abcd</Token>", "<DayOfMonth>07</DayOfMonth>", "<DayOfMonth>+7</DayOfMonth>", "<DayOfMonth>31</DayOfMonth>", "<Positive>0</Positive>", "<Positive>-1</Positive>",
            }
        "lists" "Lists" lists::Lists
            { "", "<Numbers>1 2 -3</Numbers>", "<Numbers/>", "<Small>1 9</Small>", "<Days>Mon Tue Mon</Days>", "<Numbers> 1\n2 </Numbers><!--other form-->", "<Few>Mon</Few>", "<Few>Mon Tue</Few>", "<One>Tue</One>" }
            { "<Numbers>1,2</Numbers>", "<Numbers>1 x</Numbers>", "<Small>1 10</Small>", "<Days>Mon Wed</Days>", "<Few/>", "<Few>Mon Tue Mon</Few>", "<Few>Mon Wed</Few>", "<One/>", "<One>Wed</One>", "<One>Mon Tue</One>" }
        "defaults" "Defaults" defaults::Defaults
            { "", "<Yes>false</Yes>", "<Yes/><!--other form-->", "<Kind>A</Kind>", "<Kind/><!--other form-->" }
            { "<Yes>maybe</Yes>", "<Yes> </Yes>", "<Kind>C</Kind>", "<Kind><A/></Kind>" }
        "restriction" "Restricted" restriction::Restricted
            { "<A>1</A>" }
            { "", "<A>x</A>", "<A>1</A><B>2</B>", "<B>2</B>" }
        "builtins" "Values" builtins::Values
            {
                "<String> any\ttext </String>", "<NormalizedString>a b</NormalizedString>", "<Token>a b</Token>", "<AnyURI>http://example.org/?a=b</AnyURI>",
                "<Boolean>true</Boolean>", "<Boolean>false</Boolean>", "<Boolean>1</Boolean><!--other form-->", "<Boolean> 0 </Boolean><!--other form-->",
                "<Decimal>-12345678901234.0123456789</Decimal>", "<Integer>-9223372036854775808</Integer>", "<NonNegativeInteger>18446744073709551615</NonNegativeInteger>",
                "<Long>9223372036854775807</Long>", "<Int>-2147483648</Int>", "<Short>32767</Short>", "<Byte>-128</Byte>", "<UnsignedInt>4294967295</UnsignedInt>", "<UnsignedShort>65535</UnsignedShort>", "<UnsignedByte>255</UnsignedByte>",
                "<Double>1.5</Double>", "<Double>INF</Double>", "<Double>-INF</Double>", "<Double>1E5</Double><!--other form-->",
                "<Date>2026-10-31</Date>", "<Date>2026-10-31Z</Date>", "<Date>2026-10-31+03:00</Date>", "<Date>2024-02-29</Date>",
                "<DateTime>2026-10-31T23:59:59</DateTime>", "<DateTime>2026-10-31T23:59:59.123+03:00</DateTime>", "<DateTime>2026-10-31T00:00:00Z</DateTime>", "<DateTime>2026-10-31T23:59:59.120</DateTime><!--other form-->",
                "<GYear>2026</GYear>", "<GYearMonth>2026-10</GYearMonth>", "<Base64Binary>AAEC</Base64Binary>", "<Base64Binary>AA==</Base64Binary>", "<Base64Binary/>",
            }
            {
                "<Boolean>yes</Boolean>", "<Boolean>TRUE</Boolean>", "<Boolean/>", "<Decimal>1e1</Decimal>", "<Decimal>--1</Decimal>", "<Integer>1.5</Integer>", "<NonNegativeInteger>-1</NonNegativeInteger>",
                "<Long>9223372036854775808</Long>", "<Int>2147483648</Int>", "<Short>32768</Short>", "<Byte>128</Byte>", "<UnsignedInt>-1</UnsignedInt>", "<UnsignedShort>65536</UnsignedShort>", "<UnsignedByte>256</UnsignedByte>",
                "<Double>one</Double>", "<Double>Infinity</Double>", "<Double>inf</Double>", "<Double>nan</Double>",
                "<Date>2026-02-29</Date>", "<Date>2026-2-9</Date>", "<Date>31.10.2026</Date>", "<Date>2026-10-31T00:00:00</Date>", "<Date>2026-10-31+15:00</Date>",
                "<DateTime>2026-10-31</DateTime>", "<DateTime>2026-10-31 23:59:59</DateTime>", "<DateTime>2026-10-31T24:00:01</DateTime>", "<DateTime>2026-10-31T23:60:00</DateTime>",
                "<GYear>26</GYear>", "<GYearMonth>2026-13</GYearMonth>", "<Base64Binary>A</Base64Binary>", "<Base64Binary>А===</Base64Binary>",
            }
    }
}

fn constraints() -> Vec<Cage> {
    cages! {
        "keys" "Keys" keys::Keys
            {
                "<Account><Number>1</Number></Account>",
                "<Account id=\"a\"><Number>1</Number></Account><Account id=\"b\"><Number>2</Number></Account><Bill><AccountNumber>2</AccountNumber></Bill>",
                "<Account><Number>1</Number><House>h</House></Account><Account><Number>2</Number><House>h</House></Account>",
                "<Account><Number>1</Number></Account><Bill/><Bill><Line><Code>x</Code></Line><Line><Code>y</Code></Line></Bill><Bill><Line><Code>z</Code></Line></Bill>",
            }
            {
                "<Account><Number>1</Number></Account><Account><Number>1</Number></Account>",
                "<Account><Number>1</Number></Account><Account><Number>01</Number></Account>",
                "<Account/>", "<Account id=\"a\"><House>h</House></Account>",
                "<Account id=\"a\"><Number>1</Number></Account><Account id=\"a\"><Number>2</Number></Account>",
                "<Account><Number>1</Number></Account><Bill><AccountNumber>2</AccountNumber></Bill>",
                "<Account><Number>1</Number></Account><Bill><Line><Code>x</Code></Line></Bill><Bill><Line><Code>x</Code></Line></Bill>",
            }
        "keys" "AnyChild" keys::AnyChild
            { "<A><Id>1</Id></A><B><Id>2</Id></B><B/><B/>", "<B><Other>1</Other></B>" }
            { "<A><Id>1</Id></A><B><Id>1</Id></B>", "<B><Id>1</Id></B><B><Other/><Id>1</Id></B>" }
        "keys" "Inner" keys::Inner
            { "<Box><Item>1</Item><Item>2</Item></Box><Box><Item>1</Item></Box>" }
            { "<Box><Item>1</Item></Box><Box><Item>1</Item><Item>1</Item></Box>" }
        "keys" "Branches" keys::Branches
            {
                "<Row><Code>1</Code></Row><Row><Code>1</Code></Row>",
                "<Row><Code>1</Code><Text>a</Text></Row><Row><Code>1</Code><Text>b</Text></Row><Row><Code>2</Code><Text>a</Text></Row>",
                "<Row><Code>1</Code><From>1</From><To>2</To></Row><Row><Code>1</Code><From>1</From><To>3</To></Row>",
                "<Row><Code>1</Code><From>1</From></Row><Row><Code>1</Code><From>1</From></Row>",
            }
            {
                "<Row><Code>1</Code><Text>a</Text></Row><Row><Code>1</Code><Text>a</Text></Row>",
                "<Row><Code>1</Code><From>1</From><To>2</To></Row><Row><Code>1</Code><From>01</From><To>2</To></Row>",
            }
        "keys" "Works" keys::Works
            {
                "<Work><Id>a</Id><Part><Id>b</Id><Part><Id>c</Id></Part></Part></Work><Work><Id>d</Id><After>c</After></Work>",
                "<Work><Id>a</Id><Part><Id>b</Id><Part><Id>c</Id><After>a</After></Part></Part></Work>",
            }
            {
                "<Work><Id>a</Id><Part><Id>b</Id><Part><Id>a</Id></Part></Part></Work>",
                "<Work><Id>a</Id><Part><Id>b</Id></Part></Work><Work><Id>c</Id><Part><Id>b</Id></Part></Work>",
                "<Work><Id>a</Id><Part><Id>b</Id><Part><Id>c</Id><After>x</After></Part></Part></Work>",
            }
    }
}
