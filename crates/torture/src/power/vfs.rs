//! The recording VFS: SQLite's own unix VFS, and beside it a tape of what must survive a power loss.
//!
//! Crates that make a VFS out of a Rust trait were looked at and not taken: one has to write files, locks and shared memory anew, so it
//! would not be SQLite's own way to the disk that is recorded. Here every call goes to the VFS that SQLite uses anyway, unchanged; only
//! what changes a file is told to the [`Tape`] of its folder, after it has succeeded.
#![expect(unsafe_code, reason = "SQLite calls a VFS through a table of C functions")]

use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
use std::mem::size_of;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::ptr;
use std::slice;
use std::sync::{Arc, OnceLock};

use rusqlite::ffi;

use super::tape::{Tape, Watched};

/// One open file: this first, SQLite's own behind it in the same piece of memory.
#[repr(C)]
struct File {
    base: ffi::sqlite3_file,
    /// From `Box::into_raw`; null of a file that is not recorded.
    watched: *mut Watched,
}

/// Whether it is in place.
static INSTALLED: OnceLock<bool> = OnceLock::new();

/// Makes the recording VFS the default of this process, once. Files in folders that are not recorded are not touched by it.
///
/// # Errors
/// SQLite's code, when there is no VFS to stand before or it refuses.
pub(super) fn install() -> Result<(), c_int> {
    let installed = INSTALLED.get_or_init(|| {
        // SAFETY: a null name asks for the default; `sqlite3_vfs_find` initializes the library.
        let unix = unsafe { ffi::sqlite3_vfs_find(ptr::null()) };
        let Ok(more) = c_int::try_from(size_of::<File>()) else { return false };
        if unix.is_null() {
            return false;
        }
        // SAFETY: a VFS that was found is valid for good, and its fields are plain data.
        let mut ours = unsafe { *unix };
        ours.szOsFile += more;
        ours.pNext = ptr::null_mut();
        ours.zName = c"gkh-torture".as_ptr();
        // Read by `open` and `delete` alone, which are ours.
        ours.pAppData = unix.cast();
        ours.xOpen = Some(open);
        ours.xDelete = Some(delete);
        // Everything else is the other's own function; none of them looks at which VFS it is called through.
        // SAFETY: the object lives for good (leaked), as registration demands.
        unsafe { ffi::sqlite3_vfs_register(Box::into_raw(Box::new(ours)), 1) == ffi::SQLITE_OK }
    });
    if *installed { Ok(()) } else { Err(ffi::SQLITE_ERROR) }
}

/// The VFS that was the default before.
///
/// # Safety
/// `ours` must be what `install` has registered.
unsafe fn unix(ours: *mut ffi::sqlite3_vfs) -> *mut ffi::sqlite3_vfs {
    // SAFETY: as the caller promises, and `install` has put it there.
    unsafe { (*ours).pAppData.cast() }
}

/// SQLite's own file behind ours.
fn own(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
    file.cast::<File>().wrapping_add(1).cast()
}

/// What is recorded of a file, if anything.
///
/// # Safety
/// `file` must be open and of this VFS.
unsafe fn watched<'a>(file: *mut ffi::sqlite3_file) -> Option<&'a Watched> {
    // SAFETY: `open` has initialized the whole of `File`, and the box lives until `close`.
    unsafe { (*file.cast::<File>()).watched.as_ref() }
}

/// # Safety
/// `name` must be null or end with a zero.
unsafe fn path<'a>(name: *const c_char) -> Option<&'a Path> {
    if name.is_null() {
        return None;
    }
    // SAFETY: as the caller promises.
    Some(Path::new(OsStr::from_bytes(unsafe { CStr::from_ptr(name) }.to_bytes())))
}

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives `szOsFile` bytes, ours and the other's, and the VFS that was registered; `name` is null or a path that ends
    // with a zero.
    unsafe {
        let unix = unix(vfs);
        let ours = file.cast::<File>();
        ptr::write(ours, File { base: ffi::sqlite3_file { pMethods: ptr::null() }, watched: ptr::null_mut() });
        let path = path(name);
        let durable = ffi::SQLITE_OPEN_MAIN_DB
            | ffi::SQLITE_OPEN_MAIN_JOURNAL
            | ffi::SQLITE_OPEN_WAL
            | ffi::SQLITE_OPEN_SUPER_JOURNAL;
        let tape: Option<(Arc<Tape>, &Path)> =
            path.filter(|_| flags & durable != 0).and_then(|path| Some((Tape::of(path)?, path)));
        let existed = path.is_some_and(Path::exists);
        let own = own(file);
        (*own).pMethods = ptr::null();
        let Some(xopen) = (*unix).xOpen else { return ffi::SQLITE_CANTOPEN };
        let code = xopen(unix, name, own, flags, out);
        if !(*own).pMethods.is_null() {
            (*ours).base.pMethods = &raw const METHODS;
        }
        if code == ffi::SQLITE_OK
            && let Some((tape, path)) = tape
        {
            // SQLite syncs the folder of these when it first syncs a new one.
            let synced = flags & ffi::SQLITE_OPEN_MAIN_DB == 0;
            (*ours).watched = Box::into_raw(Box::new(tape.opened(path, existed, synced)));
        }
        code
    }
}

unsafe extern "C" fn delete(vfs: *mut ffi::sqlite3_vfs, name: *const c_char, sync: c_int) -> c_int {
    // SAFETY: the arguments are SQLite's own, handed on unchanged.
    unsafe {
        let unix = unix(vfs);
        let Some(xdelete) = (*unix).xDelete else { return ffi::SQLITE_IOERR_DELETE };
        let code = xdelete(unix, name, sync);
        if code == ffi::SQLITE_OK
            && let Some(path) = path(name)
            && let Some(tape) = Tape::of(path)
        {
            tape.deleted(path, sync != 0);
        }
        code
    }
}

/// Calls SQLite's own method of a file.
macro_rules! own {
    ($file:ident, $method:ident, $missing:expr $(, $argument:expr)*) => {{
        let own = own($file);
        // SAFETY: SQLite calls methods of files that `open` has opened, so the file behind has its table; the arguments are SQLite's.
        unsafe { (*(*own).pMethods).$method.map_or($missing, |method| method(own $(, $argument)*)) }
    }};
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    let code = own!(file, xClose, ffi::SQLITE_OK);
    // SAFETY: `open` has initialized `File`; SQLite closes a file once and does not use it afterwards.
    unsafe {
        let watched = std::mem::replace(&mut (*file.cast::<File>()).watched, ptr::null_mut());
        if !watched.is_null() {
            drop(Box::from_raw(watched));
        }
        (*file).pMethods = ptr::null();
    }
    code
}

unsafe extern "C" fn read(file: *mut ffi::sqlite3_file, to: *mut c_void, length: c_int, offset: i64) -> c_int {
    own!(file, xRead, ffi::SQLITE_IOERR_READ, to, length, offset)
}

unsafe extern "C" fn write(file: *mut ffi::sqlite3_file, from: *const c_void, length: c_int, offset: i64) -> c_int {
    // SAFETY: the file is open.
    let watched = unsafe { watched(file) };
    let place = u64::try_from(offset).unwrap_or_default();
    if let Some(watched) = watched {
        watched.writing(place);
    }
    let code = own!(file, xWrite, ffi::SQLITE_IOERR_WRITE, from, length, offset);
    if code == ffi::SQLITE_OK
        && let Some(watched) = watched
        && let Ok(length) = usize::try_from(length)
    {
        // SAFETY: `from` holds `length` bytes, as for any write.
        watched.written(place, unsafe { slice::from_raw_parts(from.cast(), length) });
    }
    code
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, length: i64) -> c_int {
    let code = own!(file, xTruncate, ffi::SQLITE_IOERR_TRUNCATE, length);
    // SAFETY: the file is open.
    if code == ffi::SQLITE_OK
        && let Some(watched) = unsafe { watched(file) }
        && let Ok(length) = u64::try_from(length)
    {
        watched.truncated(length);
    }
    code
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: the file is open.
    let watched = unsafe { watched(file) };
    // What is written while the sync runs may not be covered by it.
    let begun = watched.map(Watched::position);
    let code = own!(file, xSync, ffi::SQLITE_IOERR_FSYNC, flags);
    if code == ffi::SQLITE_OK
        && let (Some(watched), Some(begun)) = (watched, begun)
    {
        watched.synced(begun);
    }
    code
}

unsafe extern "C" fn size(file: *mut ffi::sqlite3_file, size: *mut i64) -> c_int {
    own!(file, xFileSize, ffi::SQLITE_IOERR_FSTAT, size)
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    own!(file, xLock, ffi::SQLITE_IOERR_LOCK, level)
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    own!(file, xUnlock, ffi::SQLITE_IOERR_UNLOCK, level)
}

unsafe extern "C" fn reserved(file: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    own!(file, xCheckReservedLock, ffi::SQLITE_IOERR_CHECKRESERVEDLOCK, out)
}

unsafe extern "C" fn control(file: *mut ffi::sqlite3_file, operation: c_int, argument: *mut c_void) -> c_int {
    own!(file, xFileControl, ffi::SQLITE_NOTFOUND, operation, argument)
}

unsafe extern "C" fn sector(file: *mut ffi::sqlite3_file) -> c_int {
    own!(file, xSectorSize, 0)
}

unsafe extern "C" fn device(file: *mut ffi::sqlite3_file) -> c_int {
    own!(file, xDeviceCharacteristics, 0)
}

unsafe extern "C" fn map(
    file: *mut ffi::sqlite3_file,
    region: c_int,
    size: c_int,
    extend: c_int,
    to: *mut *mut c_void,
) -> c_int {
    own!(file, xShmMap, ffi::SQLITE_IOERR_SHMMAP, region, size, extend, to)
}

unsafe extern "C" fn share(file: *mut ffi::sqlite3_file, offset: c_int, count: c_int, flags: c_int) -> c_int {
    own!(file, xShmLock, ffi::SQLITE_IOERR_SHMLOCK, offset, count, flags)
}

unsafe extern "C" fn barrier(file: *mut ffi::sqlite3_file) {
    // It gives nothing.
    let () = own!(file, xShmBarrier, ());
}

unsafe extern "C" fn unmap(file: *mut ffi::sqlite3_file, delete: c_int) -> c_int {
    own!(file, xShmUnmap, ffi::SQLITE_OK, delete)
}

unsafe extern "C" fn fetch(file: *mut ffi::sqlite3_file, offset: i64, count: c_int, to: *mut *mut c_void) -> c_int {
    own!(file, xFetch, ffi::SQLITE_IOERR_MMAP, offset, count, to)
}

unsafe extern "C" fn unfetch(file: *mut ffi::sqlite3_file, offset: i64, page: *mut c_void) -> c_int {
    own!(file, xUnfetch, ffi::SQLITE_OK, offset, page)
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 3,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(reserved),
    xFileControl: Some(control),
    xSectorSize: Some(sector),
    xDeviceCharacteristics: Some(device),
    xShmMap: Some(map),
    xShmLock: Some(share),
    xShmBarrier: Some(barrier),
    xShmUnmap: Some(unmap),
    xFetch: Some(fetch),
    xUnfetch: Some(unfetch),
};
