//! The part of the chain that ties a pack's records to signed heads.

use super::PackError;
use super::folder::{Folder, Out};
use super::rows::Step;
use crate::archive::chain::Content;
use crate::archive::moment::date;
use crate::archive::stream::{Entries, Links};
use crate::archive::{Archive, Entry, Head, Link};

/// The chain file in the making: records as they come, each link behind the last of its records, heads of a node at its end.
pub(super) struct Proof<'a> {
    archive: &'a dyn Archive,
    out: Out,
    empty: bool,
    /// How many nodes were begun.
    nodes: usize,
    node: Option<Node>,
    /// Links that no head covers.
    open: u64,
}

/// The node whose records come now.
struct Node {
    name: String,
    heads: Vec<Head>,
    link: Link,
    /// First link of the node in the pack.
    from: i64,
}

impl<'a> Proof<'a> {
    pub(super) fn begin(archive: &'a dyn Archive, folder: &Folder) -> Result<Self, PackError> {
        let mut out = folder.begin("chain.json")?;
        out.write(b"{\"format\": \"gkh pack 1\", \"chain\": [")?;
        Ok(Self { archive, out, empty: true, nodes: 0, node: None, open: 0 })
    }

    /// Number of the link that holds a record. Records come by node and number.
    pub(super) async fn link_of(&mut self, folder: &mut Folder, entry: &Entry) -> Result<i64, PackError> {
        match &self.node {
            Some(node) if node.name == entry.node => {
                if entry.number > node.link.last() {
                    self.go_on(Some(entry.number)).await?;
                }
            }
            _ => {
                self.end_node(folder).await?;
                let link = self.find(&entry.node, entry.number).await?;
                let heads = self.archive.heads(&entry.node).await?;
                self.nodes += 1;
                self.node = Some(Node { name: entry.node.clone(), heads, from: link.number, link });
            }
        }
        Ok(self.node.as_ref().map_or(0, |node| node.link.number))
    }

    pub(super) fn record(&mut self, entry: &Entry, file: Option<&str>) -> Result<(), PackError> {
        self.step(&Step::record(entry, file))
    }

    /// Writes what is left. Gives how many links of the pack's records no head covers yet.
    pub(super) async fn end(mut self, folder: &mut Folder) -> Result<u64, PackError> {
        self.end_node(folder).await?;
        self.out.write(b"\n]}\n")?;
        folder.end(self.out)?;
        Ok(self.open)
    }

    /// Writes the link all of whose records in the pack have come, and those behind it up to the end of its day; goes on to the link of
    /// record `to`, if more come.
    async fn go_on(&mut self, to: Option<i64>) -> Result<(), PackError> {
        let Some(node) = self.node.take() else { return Ok(()) };
        let digests = self.digests(&node.link).await?;
        self.step(&Step::link(&node.link, Some(&digests)))?;
        let covered = node.heads.iter().map(|head| head.link).find(|link| *link >= node.link.number);
        if covered.is_none() {
            self.open += 1;
        }
        let mut links = Links::after(self.archive, &node.name, node.link.number);
        let mut before = node.link.clone();
        let mut reached = None;
        while covered.is_none_or(|covered| before.number < covered) {
            let Some(link) = links.next().await? else { break };
            check(&before, &link)?;
            if to.is_some_and(|number| number <= link.last()) {
                reached = Some(link);
                break;
            }
            self.step(&Step::link(&link, None))?;
            before = link;
        }
        let link = match (reached, to) {
            (Some(link), _) => link,
            (None, Some(number)) => self.find(&node.name, number).await?,
            (None, None) => before,
        };
        self.node = Some(Node { link, ..node });
        Ok(())
    }

    async fn end_node(&mut self, folder: &mut Folder) -> Result<(), PackError> {
        self.go_on(None).await?;
        let Some(node) = self.node.take() else { return Ok(()) };
        for head in node.heads.iter().filter(|head| head.link >= node.from) {
            let file = format!("heads/{}-{}", date(head.day), self.nodes);
            self.step(&Step::head(head, &file))?;
            folder.write(&format!("{file}.hash"), &head.hash.0)?;
            folder.write(&format!("{file}.signature"), &head.signature)?;
            folder.write(&format!("{file}.signer"), head.signer.as_bytes())?;
        }
        Ok(())
    }

    /// Digests of all records of a link, held against it.
    async fn digests(&self, link: &Link) -> Result<Vec<String>, PackError> {
        let broken = || PackError::Broken { node: link.node.clone(), link: link.number };
        let mut entries = Entries::after(self.archive, &link.node, link.first.saturating_sub(1));
        let (mut content, mut digests) = (Content::new(), Vec::new());
        while let Some(entry) = entries.next_upto(link.last()).await? {
            let digest = entry.digest();
            content.add(digest);
            digests.push(digest.to_string());
        }
        if content.digest() != link.content || link.computed() != link.hash {
            return Err(broken());
        }
        Ok(digests)
    }

    /// The link that holds a record: numbers of links and of their first records grow together.
    async fn find(&self, node: &str, number: i64) -> Result<Link, PackError> {
        let lost = || PackError::Damaged { node: node.into(), number };
        let (mut low, mut step) = (0_i64, 1_i64);
        let mut high = loop {
            let at = low.saturating_add(step);
            match self.link(node, at).await? {
                Some(link) if link.last() < number => (low, step) = (at, step.saturating_mul(2)),
                _ => break at,
            }
        };
        // The link is behind `low` and not behind `high`.
        while high.saturating_sub(low) > 1 {
            let middle = low + (high - low) / 2;
            match self.link(node, middle).await? {
                Some(link) if link.last() < number => low = middle,
                _ => high = middle,
            }
        }
        self.link(node, high).await?.filter(|link| link.first <= number && number <= link.last()).ok_or_else(lost)
    }

    async fn link(&self, node: &str, number: i64) -> Result<Option<Link>, PackError> {
        let mut links = self.archive.links(node, number.saturating_sub(1), 1).await?;
        Ok(links.pop().filter(|link| link.number == number))
    }

    fn step(&mut self, step: &Step<'_>) -> Result<(), PackError> {
        self.out.write(if self.empty { b"\n" } else { b",\n" })?;
        self.empty = false;
        // Strings and numbers alone always have a JSON form.
        self.out.write(&serde_json::to_vec(step).unwrap_or_default())
    }
}

/// Does this link continue that one?
fn check(before: &Link, link: &Link) -> Result<(), PackError> {
    let joins = link.number == before.number.saturating_add(1) && link.previous == before.hash;
    if joins && link.computed() == link.hash {
        Ok(())
    } else {
        Err(PackError::Broken { node: link.node.clone(), link: link.number })
    }
}
