//! Lines of Rust with their indentation, and words made safe for documentation.

/// Text with indentation.
#[derive(Debug, Default)]
pub(crate) struct Out {
    text: String,
    depth: usize,
}

impl Out {
    /// One line; an opening brace at its end indents what follows, a closing one at its start ends that.
    pub(crate) fn line(&mut self, line: impl AsRef<str>) {
        let line = line.as_ref();
        if line.contains('\n') {
            return line.lines().for_each(|line| self.line(line.trim_start()));
        }
        if line.starts_with(['}', ')', ']']) {
            self.depth = self.depth.saturating_sub(1);
        }
        if !line.is_empty() {
            self.text.extend(std::iter::repeat_n("    ", self.depth));
            self.text.push_str(line);
        }
        self.text.push('\n');
        if line.ends_with(['{', '(', '[']) {
            self.depth += 1;
        }
    }

    pub(crate) fn doc(&mut self, text: &str) {
        for line in wrap(text, 110usize.saturating_sub(self.depth * 4)) {
            self.line(format!("/// {line}").trim_end());
        }
    }

    /// An empty text for lines that will be appended here.
    pub(super) fn inside(&self) -> Self {
        Self { text: String::new(), depth: self.depth }
    }

    /// The same for lines this many blocks deeper.
    pub(super) fn deeper(&self, blocks: usize) -> Self {
        Self { text: String::new(), depth: self.depth + blocks }
    }

    /// Appends lines that already have their indentation.
    pub(crate) fn append(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(crate) fn lines(&self) -> usize {
        self.text.bytes().filter(|byte| *byte == b'\n').count()
    }

    pub(crate) fn into_text(self) -> String {
        self.text
    }
}

/// Documentation as lines, with what rustdoc would take for links or tags made harmless.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut code = false;
    for word in text.split_whitespace() {
        // Inside backticks nothing needs to be made harmless.
        let plain = !code && !word.contains('`');
        code ^= word.matches('`').count() % 2 == 1;
        let word = if plain { harmless(word) } else { word.to_owned() };
        let last = lines.last().map_or(0, |line| line.chars().count());
        if last > 0 && last + 1 + word.chars().count() > width {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&word);
        }
    }
    lines
}

fn harmless(word: &str) -> String {
    let word = word.replace('[', "\\[").replace(']', "\\]").replace('<', "\\<").replace('>', "\\>");
    if word.contains("://") { format!("`{word}`") } else { word }
}

/// A Rust string literal.
pub(crate) fn literal(text: &str) -> String {
    format!("\"{}\"", text.escape_default().to_string().replace("\\'", "'"))
}
