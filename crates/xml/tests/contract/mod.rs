//! A contract of one message, written as the generator writes: what the tests of reader and writer read and write.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as loudly as the tests themselves")]
#![allow(dead_code, reason = "each test file uses its part")]

use gis_gkh_xml::check::Checker;
use gis_gkh_xml::{
    Attribute, Decimal, Element, Error, Guid, Limits, Mode, Name, Namespace, Namespaces, Ns, Raw, Reader, Versions,
    Writer,
};

pub(crate) const NAMESPACES: Namespaces = &[
    Namespace { uri: "urn:bills", prefix: "b" },
    Namespace { uri: "urn:base", prefix: "a" },
    Namespace { uri: "http://www.w3.org/2001/XMLSchema-instance", prefix: "xsi" },
];

const fn bill(local: &'static str) -> Name {
    Name::new(Ns(0), local)
}

/// `request(@Id?, @a:version="1.0", (Text | Number)?, Line*2..3, a:Done(fixed true)?, Signature?)`
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Request {
    pub(crate) id: Option<String>,
    pub(crate) choice: Option<Choice>,
    pub(crate) lines: Vec<Line>,
    pub(crate) done: bool,
    pub(crate) signature: Option<Raw>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Choice {
    Text(String),
    Number(i32),
}

/// `Line(a:Guid, Sum?)`
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    pub(crate) guid: Guid,
    pub(crate) sum: Option<Decimal>,
}

impl Choice {
    const FIRST: &'static [Name] = &[bill("Text"), bill("Number")];

    fn read_content(r: &mut Reader<'_>) -> Result<Self, Error> {
        if r.is_one_of(&[bill("Text")])? {
            return Ok(Self::Text(r.req(bill("Text"), Reader::value::<String>)?));
        }
        if r.is_one_of(&[bill("Number")])? {
            return Ok(Self::Number(r.req(bill("Number"), Reader::value::<i32>)?));
        }
        Err(r.missing(Self::FIRST))
    }
}

impl Line {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        r.no_attributes()?;
        r.knows(const { &[Name::new(Ns(1), "Guid"), bill("Sum")] });
        let guid = r.req(Name::new(Ns(1), "Guid"), Reader::value::<Guid>)?;
        let sum = r.opt(bill("Sum"), Reader::value::<Decimal>)?;
        r.end()?;
        Ok(Self { guid, sum })
    }
}

impl Request {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let mut id = None;
        let mut version = false;
        r.attributes(|r, ns, local, text| {
            match (ns, local) {
                (None, "Id") => id = Some(r.attribute::<String>(text)?),
                (Some(Ns(1)), "version") => {
                    r.one_of(&text, &["1.0"])?;
                    version = true;
                }
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        if !version {
            r.without("@version")?;
        }
        r.knows(const { &[bill("Text"), bill("Number"), bill("Line"), Name::new(Ns(1), "Done"), bill("Signature")] });
        let choice = r.opt_content(Choice::FIRST, Choice::read_content)?;
        let lines = r.many(bill("Line"), 2, Some(3), Line::read)?;
        let done = r.opt(Name::new(Ns(1), "Done"), |r| r.fixed("true"))?.unwrap_or(false);
        let signature = r.opt(bill("Signature"), Reader::raw)?;
        r.end()?;
        Ok(Self { id, choice, lines, done, signature })
    }
}

impl Element for Request {
    const NAME: Name = bill("request");

    fn read_element(reader: &mut Reader<'_>) -> Result<Self, Error> {
        reader.req(Self::NAME, Self::read)
    }

    fn write_element(&self, w: &mut Writer) {
        let version = w.version(Self::NAME.local, "1.0");
        let mut attributes = Vec::new();
        if let Some(id) = &self.id {
            attributes.push(Attribute { ns: None, local: "Id", value: id });
        }
        attributes.push(Attribute { ns: Some(Ns(1)), local: "version", value: &version });
        w.open_with(Self::NAME, &attributes);
        match &self.choice {
            Some(Choice::Text(text)) => w.value(bill("Text"), text),
            Some(Choice::Number(number)) => w.value(bill("Number"), number),
            None => {}
        }
        for line in &self.lines {
            w.open(bill("Line"));
            w.value(Name::new(Ns(1), "Guid"), &line.guid);
            if let Some(sum) = &line.sum {
                w.value(bill("Sum"), sum);
            }
            w.close(bill("Line"));
        }
        if self.done {
            w.fixed(Name::new(Ns(1), "Done"), "true");
        }
        if let Some(signature) = &self.signature {
            w.raw(signature);
        }
        w.close(Self::NAME);
    }

    fn check_element(&self, _: &mut Checker) {}
}

pub(crate) const GUID: &str = "01234567-89ab-cdef-0123-456789abcdef";

/// A request as the contract has it.
pub(crate) fn request() -> Request {
    let line = |sum: Option<&str>| Line { guid: GUID.parse().unwrap(), sum: sum.map(|sum| sum.parse().unwrap()) };
    Request {
        id: Some("i".to_owned()),
        choice: Some(Choice::Number(7)),
        lines: vec![line(Some("6.080")), line(None)],
        done: true,
        signature: None,
    }
}

pub(crate) fn write(request: &Request) -> String {
    request.to_xml(NAMESPACES, &Versions::new())
}

pub(crate) fn strict(document: &str) -> Result<Request, Error> {
    Request::from_xml(document.as_bytes(), NAMESPACES)
}

/// The request, and what the contract did not know: paths.
pub(crate) fn tolerant(document: &str) -> Result<(Request, Vec<String>), Error> {
    let mut reader = Reader::new(document.as_bytes(), NAMESPACES, Mode::Tolerant, Limits::MESSAGE)?;
    let request = Request::read_element(&mut reader)?;
    reader.finish()?;
    assert_eq!(reader.drift_count(), reader.drifts().len(), "all are kept while they are few");
    Ok((request, reader.drifts().iter().map(|drift| drift.path.clone()).collect()))
}
