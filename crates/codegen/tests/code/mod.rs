//! Generated code, looked at type by type.

use std::collections::BTreeMap;

use gis_gkh_codegen::Files;

/// Definitions of the public types of generated code, without documentation, by their paths: `bills::charge::Line`.
pub(crate) fn definitions(files: &Files) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for (file, text) in files {
        // A long module is several files: `house_management.part2.rs`.
        let mut path = vec![file.split('.').next().unwrap_or_default().to_owned()];
        // Modules open, by how deep their braces are.
        let (mut depth, mut modules) = (0_usize, Vec::new());
        let mut open: Option<(String, usize, String)> = None;
        for line in text.lines().map(str::trim).filter(|line| !line.starts_with("//")) {
            if let Some(name) = line.strip_prefix("pub mod ").and_then(|rest| rest.strip_suffix(" {")) {
                path.push(name.to_owned());
                modules.push(depth);
            }
            if let Some(item) = ["pub struct ", "pub enum "].iter().find_map(|start| line.strip_prefix(start)) {
                let name: String = item.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                open = Some((format!("{}::{name}", path.join("::")), depth, String::new()));
            }
            depth += line.matches('{').count();
            depth -= line.matches('}').count().min(depth);
            if let Some((_, outside, definition)) = &mut open {
                definition.push_str(line);
                definition.push('\n');
                if depth == *outside {
                    out.extend(open.take().map(|(name, _, definition)| (name, definition)));
                }
            }
            if modules.last() == Some(&depth) {
                modules.pop();
                path.pop();
            }
        }
    }
    out
}
