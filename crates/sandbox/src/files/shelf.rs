//! All files and sessions, and what is done with them.

use std::collections::BTreeMap;

use bytes::Bytes;
use gis_gkh::Guid;
use gis_gkh::files::{Context, FileName, NameError, PART, decode};
use time::OffsetDateTime;

use super::held::{Held, HeldFile, sample};
use super::request::{Asked, FIELD, FileRequest, FileResponse, HASH};
use super::rules::FileRules;
use crate::appeals::IncomingAppeal;
use crate::faults::FileStrike;
use crate::refusal::{self, Refusal};

type Refused = &'static str;

const EXTENSION: Refused = "ExtensionException";
const DETECTION: Refused = "DetectionException";
const SIZE: Refused = "InvalidSizeException";
const STATUS: Refused = "InvalidStatusException";
const PART_NUMBER: Refused = "InvalidPartNumberException";
const NOT_FOUND: Refused = "FileNotFoundException";
const PERMISSION: Refused = "FilePermissionException";
const PROVIDER: Refused = "DataProviderValidationException";
const NOT_CHECKED: Refused = "FileVirusNotCheckedException";
const INFECTED: Refused = "FileVirusInfectionException";

/// All files and sessions.
pub(crate) struct Shelf {
    rules: FileRules,
    organisations: Vec<Guid>,
    held: BTreeMap<Guid, Held>,
}

impl Shelf {
    pub(crate) fn new(rules: FileRules, organisations: Vec<Guid>) -> Self {
        Self { rules, organisations, held: BTreeMap::new() }
    }

    /// Answers a request whose bytes have arrived. `fresh` makes identifiers.
    pub(crate) fn answer(
        &mut self,
        request: &FileRequest,
        strike: &FileStrike,
        now: OffsetDateTime,
        fresh: impl FnOnce() -> Guid,
    ) -> FileResponse {
        if strike.cut {
            return FileResponse { delay: strike.delay, cut: true, ..FileResponse::done(Vec::new()) };
        }
        let answer = FileResponse::instead(strike).unwrap_or_else(|| {
            let done = self.done(request, strike, now, fresh);
            done.unwrap_or_else(FileResponse::refused)
        });
        FileResponse { delay: strike.delay, cut: strike.cut_after, ..answer }
    }

    fn done(
        &mut self,
        request: &FileRequest,
        strike: &FileStrike,
        now: OffsetDateTime,
        fresh: impl FnOnce() -> Guid,
    ) -> Result<FileResponse, Refused> {
        self.forget(now);
        let owner = request.owner()?;
        if !self.organisations.contains(&owner) {
            return Err(PROVIDER);
        }
        let Some((context, asked)) = request.asked()? else {
            return Ok(FileResponse::new(404, Vec::new(), Bytes::new()));
        };
        if strike.damaged {
            return Err(HASH);
        }
        match asked {
            Asked::Put => self.put(owner, context, request, now, fresh()),
            Asked::Open => self.open(owner, context, request, now, fresh()),
            Asked::Part(id) => {
                if strike.lost {
                    self.held.remove(&id);
                }
                self.part(owner, id, request, now)
            }
            Asked::Complete(id) => self.complete(owner, id, now),
            Asked::Stat(id) => self.stat(owner, id, strike.wrong_length),
            Asked::Get(id) => self.get(owner, id, request, now, strike.short),
        }
    }

    fn put(
        &mut self,
        owner: Guid,
        context: Context,
        request: &FileRequest,
        now: OffsetDateTime,
        id: Guid,
    ) -> Result<FileResponse, Refused> {
        let name = name(request)?;
        let length = u64::try_from(request.body.len()).unwrap_or(u64::MAX);
        if length == 0 || length > PART {
            return Err(SIZE);
        }
        request.intact()?;
        let mut held = Held::new(owner, context, name, length, now);
        held.parts.insert(1, request.body.clone());
        if !held.is_what_it_says() {
            return Err(DETECTION);
        }
        held.complete(now);
        self.held.insert(id, held);
        Ok(FileResponse::done(vec![("location", place(context, id)), ("x-upload-uploadid", id.to_string())]))
    }

    fn open(
        &mut self,
        owner: Guid,
        context: Context,
        request: &FileRequest,
        now: OffsetDateTime,
        id: Guid,
    ) -> Result<FileResponse, Refused> {
        let name = name(request)?;
        let (length, count) = (request.number("x-upload-length")?, request.number::<u32>("x-upload-part-count")?);
        let held = Held::new(owner, context, name, length, now);
        if length == 0 || length > self.rules.largest || count != held.count {
            return Err(SIZE);
        }
        self.held.insert(id, held);
        Ok(FileResponse::done(vec![("x-upload-uploadid", id.to_string())]))
    }

    fn part(
        &mut self,
        owner: Guid,
        id: Guid,
        request: &FileRequest,
        now: OffsetDateTime,
    ) -> Result<FileResponse, Refused> {
        let held = self.session(owner, id)?;
        let number: u32 = request.number("x-upload-partnumber")?;
        if !(1..=held.count).contains(&number) {
            return Err(PART_NUMBER);
        }
        if u64::try_from(request.body.len()) != Ok(held.size_of(number)) {
            return Err(SIZE);
        }
        request.intact()?;
        held.parts.insert(number, request.body.clone());
        held.touched = now;
        Ok(FileResponse::done(Vec::new()))
    }

    fn complete(&mut self, owner: Guid, id: Guid, now: OffsetDateTime) -> Result<FileResponse, Refused> {
        let held = self.session(owner, id)?;
        if u32::try_from(held.parts.len()) != Ok(held.count) {
            return Err(PART_NUMBER);
        }
        if !held.is_what_it_says() {
            return Err(DETECTION);
        }
        held.complete(now);
        Ok(FileResponse::done(Vec::new()))
    }

    fn stat(&mut self, owner: Guid, id: Guid, wrong: bool) -> Result<FileResponse, Refused> {
        let held = self.owned(owner, id)?;
        let parts: Vec<String> = held.parts.keys().map(ToString::to_string).collect();
        Ok(FileResponse::done(vec![
            ("x-upload-filename", held.name.clone()),
            ("x-upload-length", (held.length + u64::from(wrong)).to_string()),
            ("x-upload-completed-parts", parts.join(",")),
            ("x-upload-completed", held.completed.is_some().to_string()),
            ("location", place(held.context, id)),
        ]))
    }

    fn get(
        &mut self,
        owner: Guid,
        id: Guid,
        request: &FileRequest,
        now: OffsetDateTime,
        short: bool,
    ) -> Result<FileResponse, Refused> {
        let checked = self.rules.virus_check;
        let held = self.owned(owner, id)?;
        let completed = held.completed.ok_or(STATUS)?;
        if !held.bound {
            return Err(PERMISSION);
        }
        if now < completed + checked {
            return Err(NOT_CHECKED);
        }
        if held.infected {
            return Err(INFECTED);
        }
        let last = held.length.saturating_sub(1);
        let range = request.header("range").map(|range| window(range, last).ok_or(FIELD)).transpose()?;
        let (from, to) = range.unwrap_or((0, last));
        if to - from >= PART {
            return Err(SIZE);
        }
        let mut body = held.range(from, to);
        if short {
            body.truncate(body.len().saturating_sub(1));
        }
        let mut headers =
            vec![("content-type", "application/octet-stream".to_owned()), ("x-upload-fileguid", id.to_string())];
        if range.is_some() {
            headers.push(("content-range", format!("bytes {from}-{to}/{}", held.length)));
        }
        Ok(FileResponse::new(if range.is_some() { 206 } else { 200 }, headers, body))
    }

    /// Whether a message may refer to a file: whole, the organisation's own, of this hash, sound, and referred to by nothing
    /// else, for whoever edits must upload anew. Which of the codes of attached files says which is not known.
    pub(crate) fn may_attach(&mut self, owner: Guid, id: Guid, hash: Option<&str>) -> Result<(), Refusal> {
        let refused = |why: &str| Err(Refusal::new(refusal::ATTACHED_FILE, format!("Файл {id}: {why}")));
        let Some(held) = self.held.get_mut(&id).filter(|held| held.owner == owner && held.completed.is_some()) else {
            return refused("не найден в хранилище файлов организации");
        };
        if held.infected {
            return refused("не прошёл проверку на вредоносное содержимое");
        }
        if held.bound {
            return refused("уже приложен к другим данным, загрузите его заново");
        }
        match hash {
            None => refused("не указан AttachmentHASH"),
            Some(hash) if held.hash().is_some_and(|own| own.eq_ignore_ascii_case(hash)) => Ok(()),
            Some(_) => refused("AttachmentHASH не соответствует файлу"),
        }
    }

    /// Something refers to a file from now on.
    pub(crate) fn bind(&mut self, id: Guid) {
        if let Some(held) = self.held.get_mut(&id) {
            held.bound = true;
        }
    }

    /// Puts a file there, as people do in the portal. What a name says of the content is not asked.
    pub(crate) fn place(
        &mut self,
        (id, owner): (Guid, Guid),
        context: Context,
        name: &FileName,
        bytes: &Bytes,
        now: OffsetDateTime,
    ) {
        let mut held = Held::new(owner, context, &name.header(), u64::try_from(bytes.len()).unwrap_or(u64::MAX), now);
        let size = usize::try_from(PART).unwrap_or(usize::MAX);
        let pieces = (0..bytes.len()).step_by(size).map(|from| bytes.slice(from..bytes.len().min(from + size)));
        held.parts = (1..).zip(pieces).collect();
        held.complete(now);
        self.held.insert(id, held);
    }

    /// Puts the files of an appeal there, bound to it; what they hold is made up. Files whose names the store does not take
    /// stay names.
    pub(crate) fn hold(&mut self, appeal: &IncomingAppeal, first: Option<Guid>, now: OffsetDateTime) {
        let (Some(context), Some(owner)) = (Context::of_service("appeals"), appeal.organisation.or(first)) else {
            return;
        };
        for file in &appeal.files {
            if let Ok(name) = FileName::new(file.name.as_str()) {
                self.place((file.guid, owner), context, &name, &sample(&name), now);
                self.bind(file.guid);
            }
        }
    }

    pub(crate) fn knows(&self, organisation: Guid) -> bool {
        self.organisations.contains(&organisation)
    }

    /// Everything that is whole, and every session.
    pub(crate) fn all(&mut self) -> Vec<HeldFile> {
        self.held.iter_mut().map(|(id, held)| held.shown(*id)).collect()
    }

    /// Sessions that nobody has used for long are gone.
    fn forget(&mut self, now: OffsetDateTime) {
        let session = self.rules.session;
        self.held.retain(|_, held| held.completed.is_some() || held.touched + session > now);
    }

    fn owned(&mut self, owner: Guid, id: Guid) -> Result<&mut Held, Refused> {
        let held = self.held.get_mut(&id).ok_or(NOT_FOUND)?;
        if held.owner == owner { Ok(held) } else { Err(PERMISSION) }
    }

    fn session(&mut self, owner: Guid, id: Guid) -> Result<&mut Held, Refused> {
        let held = self.owned(owner, id)?;
        if held.completed.is_none() { Ok(held) } else { Err(STATUS) }
    }
}

/// The name in its header's encoding, if files of that name are taken.
fn name(request: &FileRequest) -> Result<&str, Refused> {
    let name = request.header("x-upload-filename").ok_or(FIELD)?;
    match FileName::new(decode(name)) {
        Ok(_) => Ok(name),
        Err(NameError::Extension(_)) => Err(EXTENSION),
        Err(_) => Err(FIELD),
    }
}

fn place(context: Context, id: Guid) -> String {
    format!("{}/{id}", context.path())
}

/// The first and the last byte asked for.
fn window(range: &str, last: u64) -> Option<(u64, u64)> {
    let (from, to) = range.strip_prefix("bytes=")?.split_once('-')?;
    let (from, to): (u64, u64) = (from.parse().ok()?, to.parse().ok()?);
    (from <= to && from <= last).then_some((from, to.min(last)))
}
