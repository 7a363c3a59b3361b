//! The official packages in our names: the same language as the package, the same on every run, and our names survive.
#![expect(clippy::expect_used, reason = "a test that fails says why")]

mod code;
mod packages;

use std::collections::BTreeMap;

use gis_gkh_codegen::client;
use gis_gkh_codegen::graft::graft;
use gis_gkh_codegen::language::Comparison;
use gis_gkh_codegen::names::Overrides;
use gis_gkh_codegen::wsdl::Contract;
use packages::{home, ours, packages, results};

fn generate(contract: &Contract) -> gis_gkh_codegen::Files {
    let names = Overrides::load(&home().join("xsd/names")).expect("our rules of names").partial();
    client(contract, &names, "crate::contract").expect("code")
}

#[test]
fn a_grafted_package_is_the_language_of_the_package_and_always_the_same() {
    let ours = ours();
    for package in packages("grafts were compared with nothing") {
        let (release, package) = (&package.release, package.contract());
        let grafted = graft(&ours, &package, &results()).expect("the package lies over our contract");
        let mut comparison = Comparison::new(&grafted.schemas, &package.schemas);
        for name in package.schemas.elements.keys() {
            comparison.element(name).expect("both contracts are complete");
        }
        let differences: Vec<String> =
            comparison.differences().iter().map(|one| format!("{}: {}", one.path, one.what)).collect();
        assert!(differences.is_empty(), "{release}: {}\n{}", differences.len(), differences.join("\n"));
        let (messages, elements) = (package.schemas.elements.len(), comparison.elements());
        assert!(messages > 300 && elements > 9000, "{release}: {messages} {elements}");
        eprintln!("{release}: {messages} global elements, {elements} elements compared");

        let first = generate(&grafted);
        assert!(first.len() > 40, "{release}: {:?}", first.keys());
        let again = graft(&ours, &package, &results()).expect("as before");
        assert!(first == generate(&again), "{release}: two runs differ");
    }
}

/// Types that a release has no use for: 15.12 has no `exportForPaymentAggregator`, which came with 16.1.
fn is_of_a_later_release(release: &str, path: &str) -> bool {
    release == "15.12.0.0"
        && (path.starts_with("payment::Aggregator")
            || path.starts_with("payment::aggregator_found_charges::")
            || path == "payment::ExportForPaymentAggregatorRequest")
}

/// Types that a release has more, or less, of: the answers of operations that our contract leaves out, or that came later.
const OUTCOMES: [&str; 2] = ["house_management::get_state_result::Outcome", "payment::get_state_result::Outcome"];

#[test]
fn our_types_survive_in_every_release_and_most_say_the_same() {
    let ours = ours();
    let own: BTreeMap<String, String> = code::definitions(&generate(&ours));
    assert!(own.len() > 1000, "only {} types of our own", own.len());
    for package in packages("names were looked for nowhere") {
        let (release, package) = (&package.release, package.contract());
        let grafted = graft(&ours, &package, &results()).expect("the package lies over our contract");
        let code = code::definitions(&generate(&grafted));
        let (mut gone, mut changed) = (Vec::new(), Vec::new());
        for (path, definition) in &own {
            match code.get(path) {
                None => gone.push(path),
                Some(found) if found != definition => changed.push(path.as_str()),
                Some(_) => {}
            }
        }
        eprintln!(
            "{release}: of {} types {} gone {gone:?}, {} changed {changed:?}",
            own.len(),
            gone.len(),
            changed.len()
        );
        let unexplained: Vec<_> = gone.iter().filter(|path| !is_of_a_later_release(release, path)).collect();
        assert!(unexplained.is_empty(), "{release}: {unexplained:?}");
        assert!(changed.iter().all(|path| OUTCOMES.contains(path)), "{release}: {changed:?}");
        // Nothing of ours stands there twice, once as ours and once as theirs.
        let twice: Vec<_> = code.keys().filter(|path| path.ends_with("Full") || path.ends_with("Too")).collect();
        assert!(twice.is_empty(), "{release}: {twice:?}");
    }
}
