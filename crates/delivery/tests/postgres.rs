//! The PostgreSQL store: the conformance suite, and what is its own: names, several nodes, lost connections, rights.
#![cfg(feature = "postgres")]
#![expect(clippy::unwrap_used, clippy::print_stderr, clippy::panic, reason = "what tests call asserts as tests do")]

#[path = "support/batches.rs"]
#[expect(dead_code, reason = "directories are for stores that live in files")]
mod batches;
#[path = "support/conformance.rs"]
mod conformance;
#[path = "postgres/connections.rs"]
mod connections;
#[path = "postgres/cutter.rs"]
mod cutter;
#[path = "postgres/followed.rs"]
mod followed;
#[path = "postgres/nodes.rs"]
mod nodes;
#[path = "support/open.rs"]
#[expect(dead_code, reason = "only the seal is needed here")]
mod open;
#[path = "postgres/opening.rs"]
mod opening;
#[path = "postgres/refusals.rs"]
mod refusals;
#[path = "postgres/server.rs"]
mod server;
#[path = "postgres/steps.rs"]
mod steps;
mod support;
#[path = "postgres/takeover.rs"]
mod takeover;
#[path = "support/clock.rs"]
mod test_clock;
#[path = "support/world.rs"]
#[expect(dead_code, reason = "only the system is needed here, not the process that dies around a store")]
mod world;

use conformance::{Kept, Place as Home, conforms};
use server::{Place, place};
use std::time::Duration;

/// A schema made when the suite first asks for it.
struct Fresh {
    place: tokio::sync::OnceCell<Place>,
}

impl Fresh {
    async fn place(&self) -> &Place {
        self.place.get_or_init(async || place().await.unwrap()).await
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        if let Some(place) = self.place.take() {
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(place.remove()));
        }
    }
}

#[async_trait::async_trait]
impl Home for Fresh {
    async fn open(&self) -> Box<dyn Kept> {
        Box::new(self.place().await.open("local").await.unwrap())
    }

    async fn pass(&self, by: Duration) {
        self.place().await.pass(i64::try_from(by.as_millis()).unwrap()).await;
    }

    fn own_clock(&self) -> bool {
        true
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_conforms() {
    let Some(first) = place().await else { return };
    first.remove().await;
    conforms(&|| Box::new(Fresh { place: tokio::sync::OnceCell::new() })).await;
}
