//! The requests that the examples build: what the contract allows, and the same after the way over the wire.

#![expect(dead_code, reason = "an example's main has no use here")]
#![expect(clippy::duplicate_mod, reason = "each example names what all of them share, as an example must")]
#![cfg(feature = "embedded")]

#[path = "../examples/appeals.rs"]
mod appeals;
#[path = "../examples/bills.rs"]
mod bills;
#[path = "../examples/debt_requests.rs"]
mod debt_requests;
#[path = "../examples/debts.rs"]
mod debts;
#[path = "../examples/device_metering.rs"]
mod device_metering;
#[path = "../examples/house_management_accounts.rs"]
mod house_management_accounts;
#[path = "../examples/house_management_devices.rs"]
mod house_management_devices;
#[path = "../examples/nsi.rs"]
mod nsi;
#[path = "../examples/nsi_common.rs"]
mod nsi_common;
#[path = "../examples/organizations_registry_common.rs"]
mod organizations_registry_common;
#[path = "../examples/outage_report.rs"]
mod outage_report;
#[path = "../examples/payment.rs"]
mod payment;
#[path = "../examples/services.rs"]
mod services;

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use gis_gkh::Guids;
use gis_gkh::contract::NAMESPACES;
use gis_gkh::operation::Submission;
use gis_gkh_sign::gost::{Entropy, EntropyError};
use gis_gkh_xml::Versions;

/// Counts, so that every run builds the same.
struct Counting(AtomicU8);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        bytes.fill(self.0.fetch_add(1, Ordering::Relaxed));
        Ok(())
    }
}

fn guids() -> Guids {
    Guids::new(Arc::new(Counting(AtomicU8::new(1))))
}

/// What an example shows and would send.
fn stands<S: Submission + PartialEq + Debug>(request: &S) {
    assert_eq!(request.check(), [], "{}", S::OPERATION.name);
    let xml = request.to_xml(NAMESPACES, &Versions::new());
    let read = S::from_xml(xml.as_bytes(), NAMESPACES);
    assert_eq!(read.as_ref().ok(), Some(request), "{}: {:?}", S::OPERATION.name, read.as_ref().err());
}

#[test]
fn every_example_builds_what_the_contract_allows() -> Result<(), Box<dyn std::error::Error>> {
    let guids = guids();
    stands(&appeals::request(&guids)?);
    stands(&bills::request(&guids)?);
    stands(&debt_requests::request(&guids)?);
    stands(&debts::request(&guids)?);
    stands(&device_metering::request(&guids)?);
    stands(&house_management_accounts::request(&guids)?);
    stands(&house_management_devices::request(&guids)?);
    stands(&nsi::request(&guids)?);
    stands(&nsi_common::request());
    stands(&organizations_registry_common::request());
    stands(&outage_report::request(&guids)?);
    stands(&payment::request(&guids)?);
    stands(&services::request(&guids)?);
    Ok(())
}
