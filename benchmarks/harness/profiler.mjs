/** Loaded with `--import` into a process to be profiled: SIGUSR2 begins a CPU profile, the next one writes it. */
import { renameSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';

const { PROFILE_FILE: file = 'profile.cpuprofile', PROFILE_FROM_START: fromStart } = process.env;
const samplingMicroseconds = 200;

const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.setSamplingInterval', { interval: samplingMicroseconds });

let running = false;

async function toggle() {
  running = !running;
  if (running) {
    await session.post('Profiler.start');
    return;
  }
  const { profile } = await session.post('Profiler.stop');
  writeFileSync(`${file}.part`, JSON.stringify(profile));
  renameSync(`${file}.part`, file);
}

process.on('SIGUSR2', toggle);
if (fromStart !== undefined) await toggle();
