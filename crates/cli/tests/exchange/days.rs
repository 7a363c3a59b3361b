//! Signed days, by the command line: a day that was removed, and a tail that was cut off.

use std::collections::BTreeSet;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use gis_gkh::clock::{Clock, SystemClock};
use gis_gkh_gateway::{Config, Gateway};
use gis_gkh_sign::gost::OsEntropy;
use rusqlite::Connection;
use time::OffsetDateTime;

use super::Stage;

/// So many days ago.
#[derive(Default)]
struct Ago(AtomicI64);

impl Clock for Ago {
    fn now(&self) -> OffsetDateTime {
        SystemClock.now() - time::Duration::days(self.0.load(Ordering::SeqCst))
    }
}

/// A gateway that read appeals two days ago, yesterday and today: two days are over, and signed.
fn three_days() -> Stage {
    let clock = Arc::new(Ago::default());
    let stage = Stage::by(Arc::clone(&clock) as Arc<dyn Clock>, "", "");
    stage.configure(&stage.pulls());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for days in [2, 1] {
        clock.0.store(days, Ordering::SeqCst);
        let config = Config::load(&stage.home.path().join("gkh.toml")).unwrap();
        let gateway = Gateway::open(config, Arc::clone(&clock) as Arc<dyn Clock>, Arc::new(OsEntropy)).unwrap();
        runtime.block_on(gateway.run(true, pending(), None)).unwrap();
    }
    clock.0.store(0, Ordering::SeqCst);
    stage.gkh(&["run", "--until-empty"], 0);
    stage
}

#[test]
fn a_removed_day_and_a_cut_off_tail_are_found_by_the_command() {
    if module_path!().starts_with("exchange_postgres") {
        // Verification is one function over both stores; what is done here is done to the file.
        return;
    }
    let stage = three_days();
    let head = stage.file("head.json", &stage.gkh(&["archive", "head"], 0));
    let verify = ["--json", "archive", "verify", "--head", &head];
    let report = stage.json(&verify, 0);
    assert_eq!((&report["intact"], &report["nodes"][0]["days"]), (&true.into(), &2.into()), "{report}");

    let data = stage.home.path().join("data");
    stage.place.keep(&data);
    let days: Vec<(i64, i64, i64)> = {
        let store = Connection::open(data.join("delivery.sqlite")).unwrap();
        let mut heads = store.prepare("SELECT day, link, entry FROM head ORDER BY day").unwrap();
        heads
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap()
    };
    let [(first, link, entry), (last, ..)] = days[..] else { panic!("{days:?}") };
    let removed = format!(
        "DELETE FROM entry WHERE number <= {entry}; DELETE FROM link WHERE number <= {link}; DELETE FROM head WHERE day = {first}"
    );
    let cut = format!(
        "DELETE FROM entry WHERE number > {entry}; DELETE FROM link WHERE number > {link}; DELETE FROM head WHERE day = {last}"
    );
    // Whoever cuts the tail off at the end of a day leaves a chain that joins: only a head kept elsewhere knows better.
    let tamperings = [(removed, "days_removed", 1), (cut, "tail_removed", 0)];
    for (tampering, code, alone) in tamperings {
        Connection::open(data.join("delivery.sqlite")).unwrap().execute_batch(&tampering).unwrap();
        stage.gkh(&["archive", "verify"], alone);
        let report = stage.json(&verify, 1);
        let faults =
            report["nodes"][0]["faults"].as_array().unwrap().iter().map(|fault| fault["code"].as_str().unwrap());
        let faults: BTreeSet<&str> = faults.collect();
        assert!(faults.contains(code), "{report}");
        stage.place.put_back(&data);
    }
    stage.json(&verify, 0);
}
