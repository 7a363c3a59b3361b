//! The thread on which the calls into a module are made: drivers hang, and whoever waits for one must be able to give up.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::error::Pkcs11Error;

type Job = Box<dyn FnOnce() + Send>;

/// The threads by module. One each for as long as the process lives, however many signers use the module and however often it
/// is opened: one that hangs is never given a second.
static THREADS: Mutex<BTreeMap<PathBuf, Arc<ModuleThread>>> = Mutex::new(BTreeMap::new());

/// The thread of a module. Does one thing at a time, as tokens do.
pub(crate) struct ModuleThread {
    module: PathBuf,
    /// Held by whoever is served.
    jobs: Mutex<Sender<Job>>,
    /// A call is being made. Nobody waits for it any more when this is seen with `jobs` held.
    calling: Arc<AtomicBool>,
}

impl ModuleThread {
    /// That of a module.
    pub(crate) fn of(module: &Path) -> Result<Arc<Self>, Pkcs11Error> {
        // Two names of one library are one module.
        let module = module.canonicalize().unwrap_or_else(|_| module.to_owned());
        let mut all = THREADS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.get(&module) {
            return Ok(Arc::clone(known));
        }
        let (jobs, queue) = mpsc::channel();
        let started = thread::Builder::new().name("pkcs11".to_owned()).spawn(move || serve(&queue));
        started.map_err(|reason| Pkcs11Error::Thread { reason })?;
        let (jobs, calling) = (Mutex::new(jobs), Arc::default());
        let new = Arc::new(Self { module: module.clone(), jobs, calling });
        all.insert(module, Arc::clone(&new));
        Ok(new)
    }

    /// Has something done there and waits for it no longer than the limit; the wait for one's turn is not part of it. What is
    /// done too late is done for nobody.
    pub(crate) fn ask<T: Send + 'static>(
        &self,
        limit: Duration,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Pkcs11Error> {
        let jobs = self.turn();
        if self.calling.load(Ordering::SeqCst) {
            return Err(Pkcs11Error::Hangs { path: self.module.clone() });
        }
        self.call(&jobs, limit, work)
    }

    /// Has something ended there: now and within the limit or, where a call hangs, whenever that returns.
    pub(crate) fn end(&self, limit: Duration, work: impl FnOnce() + Send + 'static) {
        let jobs = self.turn();
        // The thread itself lives as long as the process, and nobody is left to be told.
        if self.calling.load(Ordering::SeqCst) {
            let _ = jobs.send(Box::new(work));
        } else {
            let _ = self.call(&jobs, limit, work);
        }
    }

    fn turn(&self) -> MutexGuard<'_, Sender<Job>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn call<T: Send + 'static>(
        &self,
        jobs: &Sender<Job>,
        limit: Duration,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Pkcs11Error> {
        self.calling.store(true, Ordering::SeqCst);
        let (reply, answer) = mpsc::channel();
        let calling = Arc::clone(&self.calling);
        let job = move || {
            let done = catch_unwind(AssertUnwindSafe(work));
            // Before the answer: whoever has it may ask again at once.
            calling.store(false, Ordering::SeqCst);
            // Whoever asked may have given up.
            let _ = reply.send(done);
        };
        let _ = jobs.send(Box::new(job));
        match answer.recv_timeout(limit) {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(panic)) => Err(Pkcs11Error::Panic { said: said(&*panic) }),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                Err(Pkcs11Error::Slow { path: self.module.clone(), limit })
            }
        }
    }
}

impl fmt::Debug for ModuleThread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ModuleThread").field(&self.module).finish()
    }
}

fn serve(queue: &Receiver<Job>) {
    for job in queue {
        // The next ones need the thread.
        let _ = catch_unwind(AssertUnwindSafe(job));
    }
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|&text| text.to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Longer than any machine is busy.
    const PATIENCE: Duration = Duration::from_secs(120);

    #[test]
    fn a_call_that_hangs_is_given_up_and_the_next_fail_at_once_until_it_returns() {
        let thread = ModuleThread::of(Path::new("/no/module/of/this/test")).unwrap();
        let (go_on, told) = mpsc::channel::<()>();
        let (returned, back) = mpsc::channel();
        let limit = Duration::from_millis(1);
        let slow = thread.ask(limit, move || {
            let _ = told.recv();
            let _ = returned.send(());
        });
        assert!(matches!(&slow, Err(Pkcs11Error::Slow { limit: named, .. }) if *named == limit), "{slow:?}");
        for _ in 0..3 {
            // Would wait for two minutes, were it asked.
            let next = thread.ask(PATIENCE, || ());
            assert!(matches!(next, Err(Pkcs11Error::Hangs { .. })), "{next:?}");
        }
        let (ended, end) = mpsc::channel();
        thread.end(PATIENCE, move || ended.send(()).unwrap());
        let again = ModuleThread::of(Path::new("/no/module/of/this/test")).unwrap();
        assert!(Arc::ptr_eq(&thread, &again), "no second thread");
        go_on.send(()).unwrap();
        back.recv().unwrap();
        // It has returned; that it is noticed takes a moment.
        while thread.calling.load(Ordering::SeqCst) {
            thread::yield_now();
        }
        assert_eq!(thread.ask(PATIENCE, || 4711).unwrap(), 4711);
        assert_eq!(end.try_recv(), Ok(()), "what had to end did so in its turn");
    }

    #[test]
    fn a_call_that_panics_is_told_and_leaves_the_thread_alive() {
        let thread = ModuleThread::of(Path::new("/no/module/of/that/test")).unwrap();
        let panicked = thread.ask(PATIENCE, || assert!(String::new().len() > 1, "broken"));
        assert!(matches!(&panicked, Err(Pkcs11Error::Panic { said }) if said == "broken"), "{panicked:?}");
        assert_eq!(thread.ask(PATIENCE, || 1).unwrap(), 1);
    }
}
