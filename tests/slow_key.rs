//! A signature that takes its time does not hold up the runtime its client works on.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as loudly as the tests themselves")]

mod support;

use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use gis_gkh::{Guid, Identity};
use gis_gkh_sign::certificate::Certificate;
use gis_gkh_sign::signer::{ProviderError, SignError, Signer};
use support::{NOW, export, guid, identity};

/// A key that signs when it is told to.
struct Slow {
    key: Arc<dyn Signer>,
    told: Mutex<Receiver<()>>,
}

impl Signer for Slow {
    fn certificate(&self) -> &Certificate {
        self.key.certificate()
    }

    fn sign(&self, data: &[u8]) -> Result<Vec<u8>, SignError> {
        // Only a test that fails waits so long.
        let told = self.told.lock().unwrap().recv_timeout(Duration::from_secs(30));
        told.map_err(|error| ProviderError::passing("the slow key", error))?;
        self.key.sign(data)
    }
}

fn slow() -> (Identity, mpsc::Sender<()>) {
    let mut identity = identity("org-256");
    let (tell, told) = mpsc::channel();
    identity.signer = Arc::new(Slow { key: identity.signer, told: Mutex::new(told) });
    (identity, tell)
}

fn message() -> Guid {
    guid(7)
}

#[tokio::test]
async fn the_runtime_goes_on_while_a_key_signs() {
    let (identity, tell) = slow();
    let (built, ()) = tokio::join!(identity.compose(export(), message(), NOW), async { tell.send(()).unwrap() });
    let built = built.unwrap();
    assert_eq!(built.guid, message());
    assert!(String::from_utf8(built.bytes).unwrap().contains("SignatureValue"));
}

#[test]
fn outside_a_runtime_it_is_signed_where_it_is_asked() {
    let (identity, tell) = slow();
    tell.send(()).unwrap();
    let mut composing = Box::pin(identity.compose(export(), message(), NOW));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(built) = composing.as_mut().poll(&mut context) else {
        unreachable!("nothing to wait for")
    };
    assert_eq!(built.unwrap().guid, message());
}
