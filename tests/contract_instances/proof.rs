//! The proof for the messages of one namespace: documents until nothing is left to make, then the same documents spoiled.

use std::collections::BTreeMap;
use std::path::Path;

use gis_gkh::operation::MessageKind;
use gis_gkh_codegen::schema::{QName, SchemaSet};

use crate::build;
use crate::dice::Dice;
use crate::document::{Node, Style};
use crate::grammar::{ElementId, GoalId, Grammar, Subject};
use crate::hunger::Hunger;
use crate::identity;
use crate::judge::{self, judge, same};
use crate::maker::{Maker, SPARE};
use crate::referee;
use crate::spoil::{Done, Harm, spoil};

/// Documents of each message, whether anything is left to make or not.
const LEAST: usize = 5;
/// Documents of one message in the first round.
const MOST: usize = 400;
/// Rounds of making: what mending took away, or a refused document was to show, is made again.
const ROUNDS: usize = 6;
/// Documents of one message in the rounds behind the first.
const AGAIN: usize = 6;
/// Bytes of documents in one batch.
const BATCH: usize = 24 << 20;
/// Faults told of each namespace, with so many characters of the document.
const TOLD: usize = 6;
const SHOWN: usize = 3000;

/// What was found.
#[derive(Default)]
pub(crate) struct Outcome {
    /// What there is to make, by its key: whether it was made, whether it can be.
    pub(crate) goals: BTreeMap<String, Reached>,
    /// Documents of each message that both sides accept.
    pub(crate) messages: BTreeMap<String, usize>,
    /// Documents that both refuse although they were meant to be valid.
    pub(crate) misfits: usize,
    /// Spoiled documents by the harm done: refused by both, accepted by both.
    pub(crate) spoiled: BTreeMap<&'static str, (usize, usize)>,
    pub(crate) faults: usize,
    pub(crate) told: Vec<String>,
    pub(crate) bytes: usize,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Reached {
    pub(crate) subject: Subject,
    pub(crate) made: bool,
    pub(crate) hopeless: bool,
}

impl Outcome {
    fn fault(&mut self, name: &QName, what: &str, document: &str) {
        self.faults += 1;
        let cut: String = document.chars().take(SHOWN).collect();
        self.tell(format!("{name}: {what}\n  {cut}"));
    }

    fn tell(&mut self, what: String) {
        if self.told.len() < TOLD {
            self.told.push(what);
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        for (key, reached) in other.goals {
            let known = self.goals.entry(key).or_insert(reached);
            known.made |= reached.made;
            known.hopeless &= reached.hopeless;
        }
        for (name, count) in other.messages {
            *self.messages.entry(name).or_default() += count;
        }
        for (harm, (refused, accepted)) in other.spoiled {
            let known = self.spoiled.entry(harm).or_default();
            *known = (known.0 + refused, known.1 + accepted);
        }
        self.misfits += other.misfits;
        self.faults += other.faults;
        self.told.extend(other.told);
        self.bytes += other.bytes;
    }
}

/// A spoiled document on its way to the judges.
struct Sample {
    message: usize,
    harm: Harm,
    /// Versions of the valid document.
    versions: Vec<(String, String)>,
    text: String,
}

struct Proof<'p> {
    grammar: &'p Grammar,
    schema: &'p Path,
    kinds: Vec<&'static MessageKind>,
    out: Outcome,
    open: Vec<bool>,
    /// Accepted documents with their message's number and their bytes.
    accepted: Vec<(usize, usize, Node)>,
}

/// Proves the messages of one namespace against its official schema.
pub(crate) fn prove(set: &SchemaSet, messages: &[QName], schema: &Path) -> Outcome {
    let grammar = build::grammar(set, messages, judge::versions);
    let kinds = messages.iter().map(|name| judge::kind(name).expect("compiled in")).collect();
    let open = grammar.goals.iter().map(|goal| !goal.hopeless).collect();
    let mut proof = Proof { grammar: &grammar, schema, kinds, out: Outcome::default(), open, accepted: Vec::new() };
    proof.make_all();
    proof.spoil_all();
    let mut out = proof.out;
    for (goal, open) in grammar.goals.iter().zip(&proof.open) {
        let made = !open && !goal.hopeless;
        out.goals.insert(goal.key.clone(), Reached { subject: goal.subject, made, hopeless: goal.hopeless });
    }
    out
}

impl Proof<'_> {
    fn make_all(&mut self) {
        let mut hunger = Hunger::new(self.grammar);
        for round in 0..ROUNDS {
            hunger.reset(&self.wanted());
            let mut made = Vec::new();
            for (number, (name, root)) in self.grammar.messages.iter().enumerate() {
                let mut dice = Dice::new(seed(name, round));
                let mut make = |hunger: &mut Hunger, spare: i64, ways: &[usize]| {
                    let generous = *dice.one_of(ways);
                    let mut document = Maker::document(self.grammar, hunger, &mut dice, *root, spare, generous);
                    if identity::mend(self.grammar, &mut document, &mut dice) {
                        made.push((number, document, Style::some(&mut dice)));
                    }
                };
                match round {
                    0 => self
                        .make_until_sated(&mut hunger, *root, |hunger, spare| make(hunger, spare, &[0, 0, 5, 15, 40])),
                    // What mending took away the first time: each document goes for it, with more around it.
                    _ => {
                        hunger.reset(&self.wanted());
                        for _ in 0..AGAIN {
                            if !hunger.ty(self.grammar.elements[*root].ty) {
                                break;
                            }
                            make(&mut hunger, 10 * SPARE, &[20, 50, 80]);
                            hunger.reset(&self.wanted());
                        }
                    }
                }
            }
            if made.is_empty() {
                break;
            }
            self.judge_valid(made);
        }
    }

    /// Documents of one message until it has nothing left to show.
    fn make_until_sated(&self, hunger: &mut Hunger, root: ElementId, mut make: impl FnMut(&mut Hunger, i64)) {
        let mut spare = SPARE;
        for count in 0..MOST {
            hunger.refresh();
            if count >= LEAST && !hunger.ty(self.grammar.elements[root].ty) {
                break;
            }
            let before = hunger.left();
            make(hunger, spare);
            // Nothing new: what is left lies behind more than there was room for, or this message never shows it.
            if count >= LEAST && hunger.left() == before {
                spare *= 3;
                if spare > 50 * SPARE {
                    break;
                }
            }
        }
    }

    /// What is to be made; what is to be broken is the business of spoiling.
    fn wanted(&self) -> Vec<bool> {
        let all = self.grammar.goals.iter().zip(&self.open);
        all.map(|(goal, open)| *open && goal.subject != Subject::Broken).collect()
    }

    fn judge_valid(&mut self, made: Vec<(usize, Node, Style)>) {
        let mut texts: Vec<String> = made.iter().map(|(_, document, style)| document.write(*style)).collect();
        let judged: Vec<Result<String, String>> = made
            .iter()
            .zip(&texts)
            .map(|((number, document, _), text)| judge(self.kinds[*number], text, document.versions()))
            .collect();
        // What we wrote is judged as well as what we read.
        let written: Vec<(usize, String)> =
            judged.iter().enumerate().filter_map(|(index, one)| Some((index, one.clone().ok()?))).collect();
        texts.extend(written.iter().map(|(_, text)| text.clone()));
        let verdicts = self.ask(&texts);
        for ((index, text), verdict) in written.iter().zip(&verdicts[made.len()..]) {
            let name = &self.grammar.messages[made[*index].0].0;
            if let (Err(error), Ok(())) = (verdict, &verdicts[*index]) {
                self.out.fault(name, &format!("what we wrote is invalid: {error}"), text);
            }
        }
        for ((index, (number, document, _)), verdict) in made.into_iter().enumerate().zip(&verdicts) {
            let name = &self.grammar.messages[number].0;
            match (&judged[index], verdict) {
                (Ok(written), Ok(())) => {
                    if let Err(lost) = same(self.grammar, &document, written) {
                        self.out.fault(name, &format!("not the same when written: {lost}"), &texts[index]);
                        continue;
                    }
                    document.made(self.grammar).into_iter().for_each(|goal: GoalId| self.open[goal] = false);
                    *self.out.messages.entry(name.to_string()).or_default() += 1;
                    self.accepted.push((number, texts[index].len(), document));
                }
                (Ok(_), Err(error)) => self.out.fault(name, &format!("accepted, but {error}"), &texts[index]),
                (Err(error), Ok(())) => self.out.fault(name, &format!("valid, but refused: {error}"), &texts[index]),
                (Err(ours), Err(theirs)) => {
                    self.out.misfits += 1;
                    self.out.tell(format!("{name}: refused by both: {ours}; {theirs}"));
                }
            }
        }
    }

    fn spoil_all(&mut self) {
        let mut accepted = std::mem::take(&mut self.accepted);
        // Small ones first: what they show need not be spoiled in a large one.
        accepted.sort_by_key(|(number, bytes, _)| (*bytes, *number));
        let mut sated = Hunger::new(self.grammar);
        sated.reset(&vec![false; self.grammar.goals.len()]);
        let mut done = Done::default();
        let mut dice = Dice::new(seed(&self.grammar.messages[0].0, ROUNDS));
        let mut batch = Vec::new();
        let mut size = 0;
        for (number, _, document) in &accepted {
            for one in spoil(self.grammar, &mut sated, document, &mut done, &mut dice) {
                let text = one.root.write(Style::default());
                size += text.len();
                batch.push(Sample { message: *number, harm: one.harm, versions: document.versions(), text });
            }
            if size > BATCH {
                self.judge_spoiled(&std::mem::take(&mut batch));
                size = 0;
            }
        }
        self.judge_spoiled(&batch);
    }

    fn judge_spoiled(&mut self, batch: &[Sample]) {
        let texts: Vec<String> = batch.iter().map(|one| one.text.clone()).collect();
        self.out.bytes += texts.iter().map(String::len).sum::<usize>();
        let session = referee::start(self.schema, &texts).expect("xmllint starts");
        let judged: Vec<Result<String, String>> =
            batch.iter().map(|one| judge(self.kinds[one.message], &one.text, one.versions.clone())).collect();
        for ((one, ours), theirs) in batch.iter().zip(judged).zip(session.verdicts()) {
            let name = &self.grammar.messages[one.message].0;
            let counts = self.out.spoiled.entry(one.harm.name()).or_default();
            match (ours, theirs) {
                (Ok(_), Ok(())) if one.harm != Harm::WrongVersion => counts.1 += 1,
                (Err(_), Err(_)) => {
                    counts.0 += 1;
                    if let Harm::Facet(Some(goal)) = one.harm {
                        self.open[goal] = false;
                    }
                }
                (Err(_), Ok(())) if one.harm == Harm::WrongVersion => counts.0 += 1,
                (Ok(_), theirs) => {
                    let why = theirs.err().unwrap_or_else(|| "no such version exists".to_owned());
                    self.out.fault(name, &format!("{}: accepted, but {why}", one.harm.name()), &one.text);
                }
                (Err(error), Ok(())) => {
                    let what = format!("{}: valid, but refused: {error}", one.harm.name());
                    self.out.fault(name, &what, &one.text);
                }
            }
        }
    }

    fn ask(&mut self, texts: &[String]) -> Vec<referee::Verdict> {
        self.out.bytes += texts.iter().map(String::len).sum::<usize>();
        referee::start(self.schema, texts).expect("xmllint starts").verdicts()
    }
}

/// The same documents for the same message on every run, whatever else is made; others with another `GKH_SEED`.
fn seed(name: &QName, round: usize) -> u64 {
    let text = format!("{name} {round}{}", std::env::var("GKH_SEED").unwrap_or_default());
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
