//! Catastrophes, one after another, spread over the run.

use std::os::unix::process::ExitStatusExt as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::RunError;
use super::world::{Node, World};
use crate::clock::FileClock;
use crate::line::Ask;
use crate::node::{Process, State};
use crate::points::Point;
use crate::setting::LEASE;

const SIGKILL: i32 = 9;
/// A point that is not passed so often within this time is not waited for.
const PATIENCE: Duration = Duration::from_secs(4);
/// Without progress for this long the next catastrophe comes all the same.
const LONGEST: Duration = Duration::from_secs(3);

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    Kill(Option<Point>),
    Stop,
    Jump,
    Restart,
    Second,
    Fill,
    Server,
    Terminate,
}

/// All of them, in an order of chance.
pub(super) async fn all(world: &Arc<World>) -> Result<(), RunError> {
    let events = planned(world);
    let count = events.len();
    for (index, event) in events.into_iter().enumerate() {
        // Spread by what has been handed over, so that each finds work in progress.
        let due = world.options.messages * (index + 1) / (count + 2);
        let mut waited = Duration::ZERO;
        while world.messages.load(Ordering::Relaxed) < due && waited < LONGEST {
            let nap = Duration::from_millis(10);
            tokio::time::sleep(nap).await;
            waited += nap;
        }
        world.say(&format!("{event:?} at {} messages", world.messages.load(Ordering::Relaxed)));
        happen(world, event).await?;
    }
    calm(world).await
}

fn planned(world: &World) -> Vec<Event> {
    let options = &world.options;
    let mut events = Vec::new();
    // Each point as often as any other, and any moment as often as a point.
    let moments: Vec<Option<Point>> = Point::ALL.into_iter().map(Some).chain([None]).collect();
    events.extend(moments.iter().cycle().take(options.kills).map(|point| Event::Kill(*point)));
    let more = [
        (Event::Stop, options.stops),
        (Event::Jump, options.jumps),
        (Event::Restart, options.restarts),
        (Event::Second, options.seconds),
        (Event::Fill, if world.disk.is_some() { options.fills } else { 0 }),
        (Event::Server, options.server_restarts),
        (Event::Terminate, options.terminations),
    ];
    events.extend(more.into_iter().flat_map(|(event, count)| std::iter::repeat_n(event, count)));
    for index in (1..events.len()).rev() {
        let other = world.dice.between(0, u64::try_from(index).unwrap_or(0));
        events.swap(index, usize::try_from(other).unwrap_or(0));
    }
    events
}

async fn happen(world: &Arc<World>, event: Event) -> Result<(), RunError> {
    let Some(node) = world.dice.one(&world.nodes) else { return Ok(()) };
    let process = match node.living() {
        Some(process) => process,
        None => world.start(node).await?,
    };
    match event {
        Event::Kill(point) => kill(world, node, &process, point).await,
        Event::Stop => stop(world, node, &process).await,
        Event::Jump => jump(world, node).await,
        Event::Restart => restart(world, node, &process).await,
        Event::Second => second(world, node).await,
        Event::Fill => fill(world).await,
        Event::Server => server(world),
        Event::Terminate => terminate(world),
    }
}

/// Kills at a point, or at any moment.
async fn kill(world: &Arc<World>, node: &Node, process: &Arc<Process>, point: Option<Point>) -> Result<(), RunError> {
    // Where the work goes on behind the point, death comes somewhere behind it.
    let behind = Duration::from_micros(world.dice.between(0, 1500));
    // Batches are fewer than requests.
    let often = if matches!(point, Some(Point::MidAccept | Point::AfterAccept)) { 2 } else { 12 };
    let pass = world.dice.between(1, often);
    match point {
        None => {
            tokio::time::sleep(Duration::from_millis(world.dice.between(1, 400))).await;
            process.kill();
        }
        Some(Point::AfterWrite) => {
            let dying = Arc::clone(process);
            node.proxy.arm(pass, false, Box::new(move || dying.kill()));
        }
        Some(point) => {
            process.at(Box::new(move |dying, _| {
                if !point.stands() {
                    spin(behind);
                }
                dying.kill();
            }));
            process.tell(Ask::Arm(point, pass));
        }
    }
    let came = tokio::time::timeout(PATIENCE, process.ended()).await;
    node.proxy.disarm();
    let (ended, name) = match came {
        Ok(ended) => (ended, point.map_or("random", Point::name)),
        Err(_) => {
            process.kill();
            (process.ended().await, "random")
        }
    };
    if ended.and_then(|status| status.signal()) == Some(SIGKILL) {
        *world.totals().kills.entry(name).or_default() += 1;
    }
    world.start(node).await.map(drop)
}

/// Waits without sleeping: a sleep is longer than what is waited for.
#[expect(clippy::disallowed_methods, reason = "this is the machine's time, which nothing that is tested reads")]
fn spin(time: Duration) {
    let begun = std::time::Instant::now();
    while begun.elapsed() < time {
        std::hint::spin_loop();
    }
}

/// Stops a child for longer than its lease: in the middle of an exchange, or anywhere.
async fn stop(world: &Arc<World>, node: &Node, process: &Arc<Process>) -> Result<(), RunError> {
    let stopped = if world.dice.permille(500) {
        let (stopping, sprung) = (Arc::clone(process), Arc::new(tokio::sync::Notify::new()));
        let told = Arc::clone(&sprung);
        let spring = move || {
            stopping.signal("STOP");
            told.notify_one();
        };
        node.proxy.arm(world.dice.between(1, 8), true, Box::new(spring));
        let came = tokio::time::timeout(PATIENCE, sprung.notified()).await.is_ok();
        node.proxy.disarm();
        came
    } else {
        process.signal("STOP")
    };
    if stopped {
        tokio::time::sleep(LEASE + Duration::from_millis(world.dice.between(100, 600))).await;
        process.signal("CONT");
        world.totals().stops += 1;
    }
    Ok(())
}

/// Looks whether the names of nodes are held, and the time between two.
const ATTEMPTS: u32 = 200;
const AGAIN: Duration = Duration::from_millis(50);

/// Sets the clock forward past leases and terms, or back and forward again.
async fn jump(world: &Arc<World>, node: &Node) -> Result<(), RunError> {
    let now: i64 = std::fs::read_to_string(&node.clock).ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    let millis = |low: u64, high: u64| i64::try_from(world.dice.between(low, high)).unwrap_or(0);
    let set =
        |to: i64| FileClock::set(&node.clock, to).map_err(|reason| RunError::Io { doing: "setting the clock", reason });
    if world.dice.permille(500) {
        set(now + millis(3_000, 900_000))?;
        world.totals().clock_jumps += 1;
    } else {
        set(now - millis(1_000, 60_000))?;
        tokio::time::sleep(Duration::from_millis(world.dice.between(200, 1500))).await;
        set(now + millis(0, 5_000))?;
        world.totals().clock_jumps += 2;
    }
    Ok(())
}

/// Ends a child in good order and starts another.
async fn restart(world: &Arc<World>, node: &Node, process: &Arc<Process>) -> Result<(), RunError> {
    process.tell(Ask::Stop);
    if tokio::time::timeout(LEASE * 4, process.ended()).await.is_err() {
        return Err(RunError::Broken("a child that was told to stop does not end".to_owned()));
    }
    world.totals().restarts += 1;
    world.start(node).await.map(drop)
}

/// Starts a second child on the store, which must be refused.
async fn second(world: &Arc<World>, node: &Node) -> Result<(), RunError> {
    if let Some(server) = &world.server {
        // Where connections were killed a moment ago a name is free until its node has connected again.
        let nodes = u64::try_from(world.nodes.len()).unwrap_or(u64::MAX);
        let mut left = ATTEMPTS;
        while tokio::task::block_in_place(|| server.names()).is_ok_and(|names| names < nodes) {
            left -= 1;
            if left == 0 {
                return Ok(());
            }
            tokio::time::sleep(AGAIN).await;
        }
    }
    let arguments = [node.setting.as_os_str(), "--at-once".as_ref()];
    let started = Process::start(&world.options.program, &arguments, &node.log, Arc::clone(&world.heard));
    let second = started.map_err(|reason| RunError::Io { doing: "starting a second child", reason })?;
    if second.ready().await != State::Locked {
        second.kill();
        return Err(RunError::Broken("a second engine was let in beside the first".to_owned()));
    }
    world.totals().refused += 1;
    Ok(())
}

/// Fills the disk until something is refused for it, and frees it again.
async fn fill(world: &Arc<World>) -> Result<(), RunError> {
    let Some(disk) = &world.disk else { return Ok(()) };
    let fault = |reason| RunError::Io { doing: "filling the disk", reason };
    let noticed = || {
        let errors = world.heard.full.load(Ordering::Relaxed);
        errors + world.full.load(Ordering::Relaxed)
    };
    let before = noticed();
    let mut waited = Duration::ZERO;
    while noticed() == before && waited < PATIENCE {
        // Again and again: what a checkpoint or the ballast frees is taken as well.
        disk.fill().map_err(fault)?;
        let nap = Duration::from_millis(50);
        tokio::time::sleep(nap).await;
        waited += nap;
    }
    // It stays full for a while.
    tokio::time::sleep(Duration::from_millis(world.dice.between(0, 500))).await;
    if noticed() > before {
        world.totals().disk_full += 1;
    }
    disk.free().map_err(fault)
}

/// Stops the database server as a crash would, and starts it again.
fn server(world: &World) -> Result<(), RunError> {
    let Some(server) = &world.server else { return Ok(()) };
    let restarted = tokio::task::block_in_place(|| server.restart());
    restarted.map_err(|reason| RunError::Io { doing: "restarting the database server", reason })?;
    world.totals().server_restarts += 1;
    Ok(())
}

/// Kills every connection to the database.
fn terminate(world: &World) -> Result<(), RunError> {
    let Some(server) = &world.server else { return Ok(()) };
    let killed = tokio::task::block_in_place(|| server.terminate());
    world.totals().terminations += 1;
    world.totals().terminated +=
        killed.map_err(|reason| RunError::Io { doing: "killing connections of the database", reason })?;
    Ok(())
}

/// No more catastrophes: every clock shows the latest it ever showed, every child lives.
async fn calm(world: &Arc<World>) -> Result<(), RunError> {
    if let Some(disk) = &world.disk {
        disk.free().map_err(|reason| RunError::Io { doing: "freeing the disk", reason })?;
    }
    for node in &world.nodes {
        if node.living().is_none() {
            world.start(node).await?;
        }
    }
    Ok(())
}
