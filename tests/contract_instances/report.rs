//! What was covered, in words and as a line of JSON.

use crate::grammar::Subject;
use crate::proof::Outcome;

/// Reached and reachable of one subject.
pub(crate) fn count(outcome: &Outcome, subject: Subject) -> (usize, usize, usize) {
    let of = outcome.goals.values().filter(|one| one.subject == subject);
    of.fold((0, 0, 0), |(made, all, hopeless), one| match one.hopeless {
        true => (made, all, hopeless + 1),
        false => (made + usize::from(one.made), all + 1, hopeless),
    })
}

/// A report for people.
pub(crate) fn text(package: &str, operations: (usize, usize), outcome: &Outcome) -> String {
    let mut out = format!("contract {package}\n");
    out.push_str(&format!("  {:<30} {} of {}\n", "operations", operations.0, operations.1));
    let valid: usize = outcome.messages.values().sum();
    out.push_str(&format!("  {:<30} {} in {valid} valid documents\n", "messages", outcome.messages.len()));
    for subject in Subject::ALL {
        let (made, all, hopeless) = count(outcome, subject);
        let beyond = if hopeless == 0 { String::new() } else { format!(" (and {hopeless} that no document can show)") };
        out.push_str(&format!("  {:<30} {made} of {all}{beyond}\n", subject.names().0));
    }
    out.push_str("  spoiled documents: refused by both, still valid for both\n");
    for (harm, (refused, accepted)) in &outcome.spoiled {
        out.push_str(&format!("    {harm:<28} {refused:>6} {accepted:>6}\n"));
    }
    out.push_str(&format!("  {} documents meant to be valid were refused by both\n", outcome.misfits));
    out.push_str(&format!("  {} megabytes judged\n", outcome.bytes >> 20));
    out
}

/// The same as one line of JSON.
pub(crate) fn json(package: &str, operations: (usize, usize), outcome: &Outcome) -> String {
    let pair = |(made, all): (usize, usize)| format!("{{\"made\":{made},\"all\":{all}}}");
    let mut parts = vec![
        format!("\"package\":\"{package}\""),
        format!("\"operations\":{}", pair(operations)),
        format!("\"messages\":{}", outcome.messages.len()),
        format!("\"valid_documents\":{}", outcome.messages.values().sum::<usize>()),
    ];
    for subject in Subject::ALL {
        let (made, all, hopeless) = count(outcome, subject);
        let key = subject.names().1;
        parts.push(format!("\"{key}\":{{\"made\":{made},\"all\":{all},\"unreachable\":{hopeless}}}"));
    }
    let spoiled = outcome.spoiled.iter().map(|(harm, (refused, accepted))| {
        format!("\"{}\":{{\"refused\":{refused},\"accepted\":{accepted}}}", harm.replace([' ', ':'], "_"))
    });
    parts.push(format!("\"spoiled\":{{{}}}", spoiled.collect::<Vec<_>>().join(",")));
    format!("{{{}}}", parts.join(","))
}
