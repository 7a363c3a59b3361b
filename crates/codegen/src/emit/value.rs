//! Simple types: enumerations, the shared sets of facets, the Rust types of the built-in ones.

use super::{Emitter, Out, literal};
use crate::plan::TypePlan;
use crate::schema::{Builtin, Facets};

impl Emitter<'_> {
    /// The shared facet sets.
    pub(crate) fn facets(&self) -> String {
        let mut out = Out::default();
        let mut patterns: Vec<&str> = Vec::new();
        for facets in &self.plan.facets {
            for pattern in facets.patterns.iter().flatten() {
                if !patterns.contains(&pattern.as_str()) {
                    patterns.push(pattern);
                }
            }
        }
        out.line("use ::gis_gkh_xml::check::{Facets, Pattern};");
        out.line("");
        for (index, pattern) in patterns.iter().enumerate() {
            out.line(format!("static P{index}: Pattern = Pattern::new({});", literal(pattern)));
        }
        for (index, facets) in self.plan.facets.iter().enumerate() {
            let mut parts = Vec::new();
            let numbers = [
                ("length", facets.length),
                ("min_length", facets.min_length),
                ("max_length", facets.max_length),
                ("total_digits", facets.total_digits),
                ("fraction_digits", facets.fraction_digits),
            ];
            for (name, value) in numbers {
                if let Some(value) = value {
                    parts.push(format!("{name}: Some({value})"));
                }
            }
            let bounds = [
                ("min_inclusive", &facets.min_inclusive),
                ("max_inclusive", &facets.max_inclusive),
                ("min_exclusive", &facets.min_exclusive),
                ("max_exclusive", &facets.max_exclusive),
            ];
            for (name, value) in bounds {
                if let Some(value) = value {
                    parts.push(format!("{name}: Some({})", literal(value)));
                }
            }
            if !facets.patterns.is_empty() {
                let steps: Vec<String> = facets
                    .patterns
                    .iter()
                    .map(|step| {
                        let all: Vec<String> = step
                            .iter()
                            .filter_map(|pattern| patterns.iter().position(|one| one == pattern))
                            .map(|at| format!("&P{at}"))
                            .collect();
                        format!("&[{}]", all.join(", "))
                    })
                    .collect();
                parts.push(format!("patterns: &[{}]", steps.join(", ")));
            }
            if !facets.enumeration.is_empty() {
                let all: Vec<String> = facets.enumeration.iter().map(|(value, _)| literal(value)).collect();
                parts.push(format!("enumeration: &[{}]", all.join(", ")));
            }
            parts.push("..Facets::NONE".to_owned());
            out.line(format!("pub(crate) static F{index}: Facets = Facets {{ {} }};", parts.join(", ")));
        }
        out.into_text()
    }
}

pub(super) fn enumeration(ty: &TypePlan, base: Builtin, values: &[(String, String, String)], out: &mut Out) {
    let doc = if ty.doc.is_empty() { format!("`{}`.", ty.name) } else { ty.doc.clone() };
    out.doc(&doc);
    out.line("#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]");
    out.line(format!("pub enum {} {{", ty.name));
    for (value, name, doc) in values {
        out.doc(&if doc.is_empty() { format!("`{value}`") } else { format!("`{value}`: {doc}") });
        out.line(format!("{name},"));
    }
    out.doc("A value the contract does not list: only ever read, in tolerant mode.");
    out.line("Other(Box<str>),");
    out.line("}");
    out.line("");
    out.line(format!("impl xml::Value for {} {{", ty.name));
    let listed: Vec<&str> = values.iter().map(|(value, ..)| value.as_str()).take(12).collect();
    out.line(format!("const TYPE: &'static str = {};", literal(&format!("{} ({})", ty.name, listed.join(", ")))));
    out.line("");
    out.line("fn parse(text: std::borrow::Cow<'_, str>) -> Option<Self> {");
    if base != Builtin::String {
        out.line("let text = xml::value::collapse(text);");
    }
    let whole = is_whole(base);
    if whole {
        out.line("// Numbers are listed by value: `+1` and `01` are `1`.");
        out.line("let number = text.parse::<i64>().map(|number| number.to_string());");
        out.line("Some(match number.as_deref().unwrap_or(&text) {");
    } else {
        out.line("Some(match &*text {");
    }
    for (value, name, _) in values {
        let value = value.parse::<i64>().ok().filter(|_| whole).map_or_else(|| value.clone(), |one| one.to_string());
        out.line(format!("{} => Self::{name},", literal(&value)));
    }
    out.line("_ => Self::Other(text.into()),");
    out.line("})");
    out.line("}");
    out.line("");
    out.line("fn write(&self, out: &mut String) {");
    out.line("xml::escape_text(&self.lexical(), out);");
    out.line("}");
    out.line("");
    out.line("fn lexical(&self) -> std::borrow::Cow<'_, str> {");
    out.line("std::borrow::Cow::Borrowed(match self {");
    for (value, name, _) in values {
        out.line(format!("Self::{name} => {},", literal(value)));
    }
    out.line("Self::Other(text) => text,");
    out.line("})");
    out.line("}");
    out.line("");
    out.line("fn is_listed(&self) -> bool {");
    out.line("!matches!(self, Self::Other(_))");
    out.line("}");
    out.line("}");
}

/// Facets in words, for documentation; `of` is what lengths count.
pub(super) fn describe(facets: &Facets, of: &str) -> String {
    let mut parts = Vec::new();
    if let Some(length) = facets.length {
        parts.push(format!("{length} {of}"));
    }
    match (facets.min_length.filter(|min| *min > 0), facets.max_length) {
        (Some(min), Some(max)) if min == max => parts.push(format!("{min} {of}")),
        (Some(min), Some(max)) => parts.push(format!("{min} to {max} {of}")),
        (Some(min), None) => parts.push(format!("at least {min} {of}")),
        (None, Some(max)) => parts.push(format!("at most {max} {of}")),
        (None, None) => {}
    }
    if let Some(total) = facets.total_digits {
        parts.push(format!("at most {total} digits"));
    }
    if let Some(fraction) = facets.fraction_digits {
        parts.push(format!("at most {fraction} after the point"));
    }
    let bounds = [
        ("at least", &facets.min_inclusive),
        ("at most", &facets.max_inclusive),
        ("more than", &facets.min_exclusive),
        ("less than", &facets.max_exclusive),
    ];
    for (word, bound) in bounds {
        if let Some(bound) = bound {
            parts.push(format!("{word} {bound}"));
        }
    }
    for pattern in facets.patterns.iter().flatten() {
        parts.push(format!("matching `{}`", pattern.replace('`', "'")));
    }
    parts.join(", ")
}

fn is_whole(builtin: Builtin) -> bool {
    matches!(builtin_type(builtin), "i64" | "u64" | "i32" | "u32" | "i16" | "u16" | "i8" | "u8")
}

pub(super) fn builtin_type(builtin: Builtin) -> &'static str {
    match builtin {
        Builtin::Any | Builtin::String => "String",
        Builtin::Token => "xml::Token",
        Builtin::Boolean => "bool",
        Builtin::Decimal => "xml::Decimal",
        Builtin::Integer | Builtin::Long => "i64",
        Builtin::NonNegative | Builtin::Positive => "u64",
        Builtin::Int => "i32",
        Builtin::Short => "i16",
        Builtin::Byte => "i8",
        Builtin::UnsignedInt => "u32",
        Builtin::UnsignedShort => "u16",
        Builtin::UnsignedByte => "u8",
        Builtin::Double => "f64",
        Builtin::Date => "xml::Date",
        Builtin::DateTime => "xml::DateTime",
        Builtin::Year => "xml::Year",
        Builtin::YearMonth => "xml::YearMonth",
        Builtin::Base64 => "xml::Base64",
    }
}
