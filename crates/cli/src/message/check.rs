//! `gkh message check FILE`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::exit::Exit;
use crate::failure::{Failure, read};
use crate::{Context, output};

/// Hold a message against the embedded contract: structure, values, identity constraints.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// An envelope or a bare element; `-` is standard input.
    file: PathBuf,
}

impl Check {
    pub(crate) fn run(self, context: &Context) -> Result<Exit, Failure> {
        let tongue = context.tongue();
        let document = read(&self.file, super::LIMIT)?;
        let (element, operations, problems) = match gis_gkh::inspect(&document) {
            Ok(found) => {
                let problems: Vec<_> = found
                    .violations
                    .iter()
                    .map(|one| json!({ "path": one.path, "problem": one.rule.to_string() }))
                    .collect();
                (Some(found.element.local), found.operations, problems)
            }
            Err(error) => {
                let (line, column) = error.line_column(&document);
                let problem = error.kind().to_string();
                (
                    None,
                    Vec::new(),
                    vec![json!({ "path": error.path(), "problem": problem, "line": line, "column": column })],
                )
            }
        };
        let valid = problems.is_empty();
        if context.json {
            let names: Vec<_> = operations.iter().map(|one| format!("{}.{}", one.service, one.name)).collect();
            output::json(&json!({ "valid": valid, "element": element, "operations": names, "problems": problems }))?;
        } else if valid {
            let element = element.unwrap_or_default();
            output::line(&format!("{element}: {}", tongue.of("valid", "соответствует контракту")))?;
        } else {
            for problem in &problems {
                let place = match (problem["line"].as_u64(), problem["column"].as_u64()) {
                    (Some(line), Some(column)) => format!("{line}:{column}: "),
                    _ => String::new(),
                };
                let path = problem["path"].as_str().filter(|path| !path.is_empty());
                let path = path.map(|path| format!("{path}: ")).unwrap_or_default();
                output::line(&format!("{place}{path}{}", problem["problem"].as_str().unwrap_or_default()))?;
            }
        }
        Ok(if valid { Exit::Ok } else { Exit::Negative })
    }
}
