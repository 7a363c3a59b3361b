//! The functions of the module.

#![expect(unsafe_code, reason = "a PKCS#11 module is a C library")]
#![expect(non_snake_case, reason = "the names are the standard's")]

use std::ffi::c_void;
use std::path::PathBuf;
use std::slice;
use std::sync::{Mutex, OnceLock, PoisonError};

use cryptoki_sys::{
    CK_ATTRIBUTE, CK_BBOOL, CK_BYTE, CK_FLAGS, CK_FUNCTION_LIST, CK_MECHANISM, CK_MECHANISM_INFO, CK_MECHANISM_TYPE,
    CK_NOTIFY, CK_OBJECT_HANDLE, CK_RV, CK_SESSION_HANDLE, CK_SLOT_ID, CK_TOKEN_INFO, CK_ULONG, CK_USER_TYPE,
    CK_VERSION,
};

use crate::folder::MockToken;
use crate::token::Memory;

/// The only slot.
const SLOT: CK_SLOT_ID = 7;

static MEMORY: Mutex<Option<Memory>> = Mutex::new(None);

/// The folder this very library was loaded from, by the map of the process's memory.
fn folder() -> Option<&'static PathBuf> {
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    let find = || {
        let own = C_GetFunctionList as *const () as usize;
        let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
        let line = maps.lines().find(|line| {
            let range = line.split_whitespace().next().and_then(|range| range.split_once('-'));
            let bound = |text: &str| usize::from_str_radix(text, 16).ok();
            range.and_then(|(from, to)| Some(bound(from)? <= own && own < bound(to)?)).unwrap_or(false)
        })?;
        let path = line.get(line.find('/')?..)?;
        Some(PathBuf::from(path).parent()?.to_owned())
    };
    FOLDER.get_or_init(find).as_ref()
}

/// Answers a call by the memory and the folder.
fn answer(call: impl FnOnce(&mut Memory, &MockToken) -> Result<(), CK_RV>) -> CK_RV {
    let Some(folder) = folder() else { return cryptoki_sys::CKR_GENERAL_ERROR };
    MockToken::at(folder).hang();
    let mut memory = MEMORY.lock().unwrap_or_else(PoisonError::into_inner);
    let memory = memory.get_or_insert_default();
    if !memory.started {
        return cryptoki_sys::CKR_CRYPTOKI_NOT_INITIALIZED;
    }
    let token = MockToken::at(folder);
    memory.refresh(&token);
    call(memory, &token).err().unwrap_or(cryptoki_sys::CKR_OK)
}

/// Writes a list as the standard has it: its length alone when there is no room given.
///
/// # Safety
/// `count` points to a number, and `list`, unless null, to room for as many values as it says.
unsafe fn give<T: Copy>(values: &[T], list: *mut T, count: *mut CK_ULONG) -> Result<(), CK_RV> {
    let length = CK_ULONG::try_from(values.len()).map_err(|_| cryptoki_sys::CKR_GENERAL_ERROR)?;
    // SAFETY: `count` points to a number, by the caller's word.
    let room = unsafe { count.replace(length) };
    if list.is_null() {
        return Ok(());
    }
    if room < length {
        return Err(cryptoki_sys::CKR_BUFFER_TOO_SMALL);
    }
    // SAFETY: there is room for `room` values, which is not less.
    unsafe { list.copy_from_nonoverlapping(values.as_ptr(), values.len()) };
    Ok(())
}

/// Bytes of a caller.
///
/// # Safety
/// `start`, unless null, points to `length` bytes.
unsafe fn bytes(start: *const CK_BYTE, length: CK_ULONG) -> Option<Vec<u8>> {
    let length = usize::try_from(length).ok()?;
    // SAFETY: by the caller's word.
    (!start.is_null()).then(|| unsafe { slice::from_raw_parts(start, length) }.to_vec())
}

unsafe extern "C" fn C_Initialize(_: *mut c_void) -> CK_RV {
    let mut memory = MEMORY.lock().unwrap_or_else(PoisonError::into_inner);
    let memory = memory.get_or_insert_default();
    if memory.started {
        return cryptoki_sys::CKR_CRYPTOKI_ALREADY_INITIALIZED;
    }
    memory.started = true;
    cryptoki_sys::CKR_OK
}

unsafe extern "C" fn C_Finalize(_: *mut c_void) -> CK_RV {
    *MEMORY.lock().unwrap_or_else(PoisonError::into_inner) = None;
    cryptoki_sys::CKR_OK
}

unsafe extern "C" fn C_GetSlotList(present: CK_BBOOL, list: *mut CK_SLOT_ID, count: *mut CK_ULONG) -> CK_RV {
    answer(|_, token| {
        let slots: &[CK_SLOT_ID] = if present == 0 || token.plugged() { &[SLOT] } else { &[] };
        // SAFETY: the caller gives a list and its length, by the standard.
        unsafe { give(slots, list, count) }
    })
}

unsafe extern "C" fn C_GetTokenInfo(slot: CK_SLOT_ID, info: *mut CK_TOKEN_INFO) -> CK_RV {
    answer(|_, token| {
        if slot != SLOT || !token.plugged() {
            return Err(cryptoki_sys::CKR_TOKEN_NOT_PRESENT);
        }
        let mut given = CK_TOKEN_INFO { flags: token.flags(), ..CK_TOKEN_INFO::default() };
        for (field, text) in
            [(&mut given.label[..], token.get("label")), (&mut given.serialNumber[..], token.get("serial"))]
        {
            field.fill(b' ');
            let length = text.len().min(field.len());
            field[..length].copy_from_slice(&text.as_bytes()[..length]);
        }
        // SAFETY: the caller gives room for the information, by the standard.
        unsafe { info.write(given) };
        Ok(())
    })
}

unsafe extern "C" fn C_GetMechanismList(_: CK_SLOT_ID, list: *mut CK_MECHANISM_TYPE, count: *mut CK_ULONG) -> CK_RV {
    // SAFETY: the caller gives a list and its length, by the standard.
    answer(|_, token| unsafe { give(&token.mechanisms(), list, count) })
}

unsafe extern "C" fn C_GetMechanismInfo(_: CK_SLOT_ID, _: CK_MECHANISM_TYPE, info: *mut CK_MECHANISM_INFO) -> CK_RV {
    answer(|_, _| {
        let given = CK_MECHANISM_INFO { flags: cryptoki_sys::CKF_SIGN, ..CK_MECHANISM_INFO::default() };
        // SAFETY: the caller gives room for the information, by the standard.
        unsafe { info.write(given) };
        Ok(())
    })
}

unsafe extern "C" fn C_OpenSession(
    slot: CK_SLOT_ID,
    flags: CK_FLAGS,
    _: *mut c_void,
    _: CK_NOTIFY,
    session: *mut CK_SESSION_HANDLE,
) -> CK_RV {
    answer(|memory, token| {
        if slot != SLOT || !token.plugged() {
            return Err(cryptoki_sys::CKR_TOKEN_NOT_PRESENT);
        }
        if flags & cryptoki_sys::CKF_SERIAL_SESSION == 0 {
            return Err(cryptoki_sys::CKR_SESSION_PARALLEL_NOT_SUPPORTED);
        }
        // SAFETY: the caller gives room for the handle, by the standard.
        unsafe { session.write(memory.open(token)) };
        Ok(())
    })
}

unsafe extern "C" fn C_CloseSession(session: CK_SESSION_HANDLE) -> CK_RV {
    answer(|memory, _| memory.close(session))
}

unsafe extern "C" fn C_Login(
    session: CK_SESSION_HANDLE,
    _: CK_USER_TYPE,
    pin: *mut CK_BYTE,
    length: CK_ULONG,
) -> CK_RV {
    // SAFETY: the caller gives a PIN of this length or none, by the standard.
    let pin = unsafe { bytes(pin, length) };
    answer(|memory, token| memory.login(token, session, pin.as_deref()))
}

unsafe extern "C" fn C_FindObjectsInit(
    session: CK_SESSION_HANDLE,
    template: *mut CK_ATTRIBUTE,
    count: CK_ULONG,
) -> CK_RV {
    let count = usize::try_from(count).unwrap_or(0);
    // SAFETY: the caller gives as many attributes as it says, by the standard.
    let template = if template.is_null() { &[] } else { unsafe { slice::from_raw_parts(template, count) } };
    let wanted: Vec<(u64, Vec<u8>)> = template
        .iter()
        // SAFETY: each attribute points to a value of its length, by the standard.
        .map(|wanted| (wanted.type_, unsafe { bytes(wanted.pValue.cast(), wanted.ulValueLen) }.unwrap_or_default()))
        .collect();
    answer(|memory, token| memory.find(token, session, &wanted))
}

unsafe extern "C" fn C_FindObjects(
    session: CK_SESSION_HANDLE,
    list: *mut CK_OBJECT_HANDLE,
    room: CK_ULONG,
    count: *mut CK_ULONG,
) -> CK_RV {
    answer(|memory, token| {
        let found = &mut memory.session(token, session)?.found;
        let page: Vec<u64> = found.drain(..found.len().min(usize::try_from(room).unwrap_or(0))).collect();
        // SAFETY: the caller gives room for as many handles as it says, and for their number, by the standard.
        unsafe {
            count.write(room);
            give(&page, list, count)
        }
    })
}

unsafe extern "C" fn C_FindObjectsFinal(session: CK_SESSION_HANDLE) -> CK_RV {
    answer(|memory, token| memory.session(token, session).map(|session| session.found.clear()))
}

unsafe extern "C" fn C_SignInit(
    session: CK_SESSION_HANDLE,
    mechanism: *mut CK_MECHANISM,
    key: CK_OBJECT_HANDLE,
) -> CK_RV {
    // SAFETY: the caller gives a mechanism, by the standard.
    let mechanism = unsafe { mechanism.read() }.mechanism;
    answer(|memory, token| memory.sign_init(token, session, mechanism, key))
}

unsafe extern "C" fn C_Sign(
    session: CK_SESSION_HANDLE,
    data: *mut CK_BYTE,
    length: CK_ULONG,
    value: *mut CK_BYTE,
    count: *mut CK_ULONG,
) -> CK_RV {
    // SAFETY: the caller gives data of this length, by the standard.
    let data = unsafe { bytes(data, length) }.unwrap_or_default();
    answer(|memory, token| {
        let signed = memory.sign(token, session, &data)?;
        // SAFETY: the caller gives room for the value and its length, by the standard.
        unsafe { give(&signed, value, count) }
    })
}

/// The list of functions, the one thing a program looks for in a module.
///
/// # Safety
/// `list` points to room for a pointer.
#[unsafe(no_mangle)]
unsafe extern "C" fn C_GetFunctionList(list: *mut *mut CK_FUNCTION_LIST) -> CK_RV {
    static LIST: OnceLock<CK_FUNCTION_LIST> = OnceLock::new();
    let functions = LIST.get_or_init(|| CK_FUNCTION_LIST {
        version: CK_VERSION { major: 2, minor: 40 },
        C_Initialize: Some(C_Initialize),
        C_Finalize: Some(C_Finalize),
        C_GetFunctionList: Some(C_GetFunctionList),
        C_GetSlotList: Some(C_GetSlotList),
        C_GetTokenInfo: Some(C_GetTokenInfo),
        C_GetMechanismList: Some(C_GetMechanismList),
        C_GetMechanismInfo: Some(C_GetMechanismInfo),
        C_OpenSession: Some(C_OpenSession),
        C_CloseSession: Some(C_CloseSession),
        C_Login: Some(C_Login),
        C_FindObjectsInit: Some(C_FindObjectsInit),
        C_FindObjects: Some(C_FindObjects),
        C_FindObjectsFinal: Some(C_FindObjectsFinal),
        C_SignInit: Some(C_SignInit),
        C_Sign: Some(C_Sign),
        ..CK_FUNCTION_LIST::default()
    });
    // SAFETY: the caller gives room for the pointer, by the standard; it only reads what is behind it.
    unsafe { list.write(std::ptr::from_ref(functions).cast_mut()) };
    cryptoki_sys::CKR_OK
}
