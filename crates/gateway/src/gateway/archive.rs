//! The evidence archive of a gateway: its days are signed while the gateway works, and it is read beside it.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use gis_gkh_delivery::archive::{
    Against, Archive, CloseError, Head, Order, PackError, Packed, Report, Retention, Selection, Source, close_days,
    pack, verify,
};
use gis_gkh_delivery::{Clock as _, Seal, StoreError, Timestamp};
use gis_gkh_sign::certificate::Certificate;

use super::stores::{self, Shown};
use super::{Gateway, GatewayError, Wall};
use crate::config::Config;
use crate::evidence::{DayKey, Proofs};

/// How often days that have ended are looked for.
const EVERY: Duration = Duration::from_secs(3600);

/// How the head of a day is checked without this software.
const SIGNATURE_RU: &str = "Подписаны 32 байта хеша (поле hash): ГОСТ Р 34.11-2012 с длиной хеша по ключу сертификата из поля signer, \
    затем ГОСТ Р 34.10-2012; подпись — s‖r, старшие байты первыми, 64 или 128 байт.";
const SIGNATURE_EN: &str = "The 32 bytes of the hash (field hash) are signed: GOST R 34.11-2012 with the length of the key of the certificate \
    in the field signer, then GOST R 34.10-2012; the signature is s‖r, big-endian, 64 or 128 bytes.";

impl Gateway {
    /// Signs the days that have ended and removes the bytes whose term has run out, now and every hour. A key that does not sign leaves
    /// the days open for a later time; verification says since when.
    pub(super) async fn keep_days(&self, store: &dyn Archive) -> Result<Infallible, GatewayError> {
        let key = DayKey::new(Arc::clone(&self.identity.signer));
        let wall = Wall::new(Arc::clone(&self.clock));
        loop {
            let now = wall.now();
            for node in store.nodes().await? {
                let closed = close_days(store, &key, &node, now).await;
                if let Err(CloseError::Store(StoreError::NotNext { day, .. })) = closed
                    && is_closed(store, &node, day).await?
                {
                    // Another node has signed it meanwhile.
                    continue;
                }
                closed?;
            }
            match self.expire(now).await {
                // Delivery goes on; what is to go goes when there is room again.
                Ok(_) | Err(GatewayError::Store(StoreError::Full { .. })) => {}
                Err(error) => return Err(error),
            }
            wall.sleep_until(now.after(EVERY)).await;
        }
    }
}

async fn is_closed(archive: &dyn Archive, node: &str, day: i64) -> Result<bool, StoreError> {
    Ok(archive.heads(node).await?.last().is_some_and(|head| head.day >= day))
}

/// The archive of a gateway, for reading: beside the process that works with the store, or alone. Changes nothing.
#[derive(Debug)]
pub struct Archives {
    store: Arc<dyn Shown>,
    seal: Arc<dyn Seal>,
    retention: Retention,
}

impl Archives {
    /// Opens the archive of these settings. Needs the keyring, not the organisation's key.
    ///
    /// # Errors
    /// [`StoreError::Missing`](gis_gkh_delivery::StoreError::Missing) while nothing has been taken yet; the store's and the keyring's own.
    pub fn open(config: &Config) -> Result<Self, GatewayError> {
        let stores::Look { store, seal } = stores::look(config)?;
        Ok(Self { store, seal, retention: config.retention.clone() })
    }

    /// Verifies every record, link, day and signature. `ca` are trusted certification centres: with none only bytes and signatures are
    /// checked, not who issued the certificates. `exported` are heads that were kept elsewhere. Bytes that are gone although their term at
    /// `now` has not run out are a fault.
    ///
    /// # Errors
    /// The store's own; what is wrong with the archive is in the report.
    pub async fn verify(
        &self,
        ca: Vec<Certificate>,
        exported: &[Head],
        now: Timestamp,
    ) -> Result<Report, GatewayError> {
        let against = Against { exported, retention: Some((&self.retention, now)) };
        Ok(verify(&*self.store, self.seal.as_ref(), &Proofs { ca }, &against).await?)
    }

    /// Kinds of which bytes are kept, each with its term; none: for good.
    ///
    /// # Errors
    /// The store's own.
    pub async fn terms(&self) -> Result<BTreeMap<String, Option<Duration>>, GatewayError> {
        let kinds = self.store.kinds().await?;
        let known = kinds.iter().chain(self.retention.kinds.keys());
        Ok(known.map(|kind| (kind.clone(), self.retention.of(kind))).collect())
    }

    /// The newest head of each node, to be kept elsewhere: with it a truncated archive is noticed.
    ///
    /// # Errors
    /// The store's own.
    pub async fn heads(&self) -> Result<Vec<Head>, GatewayError> {
        let mut heads = Vec::new();
        for node in self.store.nodes().await? {
            heads.extend(self.store.heads(&node).await?.pop());
        }
        Ok(heads)
    }

    /// Makes a pack of what is selected at `to`, a folder that must not exist: the exact bytes, an index, as much of the chain as ties
    /// them to signed days, and how to check them without this software. `subject` says for people what it is.
    ///
    /// # Errors
    /// [`PackError`]; then nothing is at `to`.
    pub async fn pack(
        &self,
        selection: Selection,
        subject: &str,
        made: Timestamp,
        to: &Path,
    ) -> Result<Packed, PackError> {
        let order = Order {
            selection,
            subject: subject.to_owned(),
            made,
            program: concat!("gkh ", env!("CARGO_PKG_VERSION")).to_owned(),
            signature_ru: SIGNATURE_RU.to_owned(),
            signature_en: SIGNATURE_EN.to_owned(),
        };
        let source = Source { archive: &*self.store, custody: &*self.store, seal: self.seal.as_ref() };
        pack(source, &order, to).await
    }
}
