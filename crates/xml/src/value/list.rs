//! Lists of values.

use std::borrow::Cow;

use super::Value;

/// `xs:list`: values with white space between them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct List<T>(pub Vec<T>);

impl<T> From<Vec<T>> for List<T> {
    fn from(values: Vec<T>) -> Self {
        Self(values)
    }
}

impl<T, const N: usize> From<[T; N]> for List<T> {
    fn from(values: [T; N]) -> Self {
        Self(values.into())
    }
}

impl<T: Value> Value for List<T> {
    const TYPE: &'static str = "a list of values";

    fn parse(text: Cow<'_, str>) -> Option<Self> {
        let items = text.split([' ', '\t', '\n', '\r']).filter(|item| !item.is_empty());
        items.map(|item| T::parse(Cow::Borrowed(item))).collect::<Option<Vec<T>>>().map(Self)
    }

    fn write(&self, out: &mut String) {
        for (index, item) in self.0.iter().enumerate() {
            if index > 0 {
                out.push(' ');
            }
            item.write(out);
        }
    }

    fn lexical(&self) -> Cow<'_, str> {
        Cow::Owned(self.0.iter().map(|item| item.lexical().into_owned()).collect::<Vec<_>>().join(" "))
    }

    /// Values.
    fn length(&self) -> usize {
        self.0.len()
    }

    fn is_listed(&self) -> bool {
        self.0.iter().all(Value::is_listed)
    }
}
