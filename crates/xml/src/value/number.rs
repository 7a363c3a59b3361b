//! Whole numbers, truth values and floating point.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt::Write;
use std::str::FromStr;

use super::{Value, collapse, decimal};

/// Reads a whole number. What Rust refuses and XML Schema allows is `-0` of an unsigned type.
#[inline]
fn parse<T: FromStr>(text: &str) -> Option<T> {
    match text.strip_prefix('-') {
        Some(zeros) if !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0') => "0".parse().ok(),
        _ => text.parse().ok(),
    }
}

macro_rules! integers {
    ($($rust:ty => $name:literal),* $(,)?) => { $(
        impl Value for $rust {
            const TYPE: &'static str = $name;

            #[inline]
            fn parse(text: Cow<'_, str>) -> Option<Self> {
                parse(&collapse(text))
            }

            #[inline]
            fn write(&self, out: &mut String) {
                let _ = write!(out, "{self}");
            }

            fn lexical(&self) -> Cow<'_, str> {
                Cow::Owned(self.to_string())
            }

            fn order(&self, bound: &str) -> Option<Ordering> {
                decimal::order(&self.to_string(), bound)
            }

            fn digits(&self) -> Option<(u32, u32)> {
                let sign = u32::from(*self < <$rust>::default());
                Some((u32::try_from(self.to_string().len()).unwrap_or(u32::MAX) - sign, 0))
            }
        }
    )* };
}

integers! {
    i8 => "xs:byte", i16 => "xs:short", i32 => "xs:int", i64 => "xs:integer within 64 bits",
    u8 => "xs:unsignedByte", u16 => "xs:unsignedShort", u32 => "xs:unsignedInt", u64 => "xs:nonNegativeInteger within 64 bits",
}

impl Value for bool {
    const TYPE: &'static str = "xs:boolean (true or false)";
    const BOOLEAN: bool = true;

    #[inline]
    fn parse(text: Cow<'_, str>) -> Option<Self> {
        match &*collapse(text) {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        }
    }

    #[inline]
    fn write(&self, out: &mut String) {
        out.push_str(if *self { "true" } else { "false" });
    }

    fn lexical(&self) -> Cow<'_, str> {
        Cow::Borrowed(if *self { "true" } else { "false" })
    }
}

impl Value for f64 {
    const TYPE: &'static str = "xs:double";

    fn parse(text: Cow<'_, str>) -> Option<Self> {
        let text = collapse(text);
        match &*text {
            "INF" => Some(f64::INFINITY),
            "-INF" => Some(f64::NEG_INFINITY),
            "NaN" => Some(f64::NAN),
            text if text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')) => {
                text.parse().ok()
            }
            _ => None,
        }
    }

    fn write(&self, out: &mut String) {
        out.push_str(&self.lexical());
    }

    fn lexical(&self) -> Cow<'_, str> {
        match *self {
            value if value.is_nan() => Cow::Borrowed("NaN"),
            f64::INFINITY => Cow::Borrowed("INF"),
            f64::NEG_INFINITY => Cow::Borrowed("-INF"),
            value => Cow::Owned(value.to_string()),
        }
    }

    fn order(&self, bound: &str) -> Option<Ordering> {
        self.partial_cmp(&bound.parse::<f64>().ok()?)
    }
}
