/** The processes that `npm test` starts: each leads a group of its own, so that a run that is ended leaves none behind. */
import { fork as forkChild, spawn as spawnChild } from 'node:child_process';

/** Windows has no groups of processes. */
const detached = process.platform !== 'win32';
/** What a process gets to end by itself. */
const graceMs = 10_000;
/** A terminal and npm both pass on a Ctrl-C: that is one request. */
const togetherMs = 1_000;

const running = new Set();
let ended;

/** The signal that ended the run, after which nothing is to be started. */
export function endedBy() {
  return ended?.signal;
}

/** The first signal ends what runs, and so the run; a second one kills it. */
export function endBySignals() {
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, end);
}

export function spawn(command, args, options) {
  return track(spawnChild(command, args, { ...options, detached }));
}

export function fork(module, args, options) {
  return track(forkChild(module, args, { ...options, detached }));
}

function track(child) {
  running.add(child);
  if (ended !== undefined) signalAll('SIGTERM');
  // After the end of a run its group is killed even so: what it started may still be there.
  child.once('close', () => ended || running.delete(child));
  return child;
}

function end(signal) {
  if (ended === undefined) {
    ended = { signal, at: Date.now() };
    signalAll('SIGTERM');
    setTimeout(killAll, graceMs).unref();
  } else if (Date.now() - ended.at > togetherMs) killAll();
}

function killAll() {
  signalAll('SIGKILL');
  process.exit(1);
}

function signalAll(signal) {
  for (const child of running) {
    try {
      if (detached) process.kill(-child.pid, signal);
      else child.kill(signal);
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  }
}
