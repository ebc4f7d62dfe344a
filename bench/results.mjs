// Measurements as lines of the report: quantiles, differences to the floor, targets and whether they are met.

/**
 * @typedef {{ text: string, met: boolean, detail?: string }} Target
 * @typedef {{ kind: 'timing' | 'value', what: string, unit: string, service: object, floor: object, targets: Target[], note?: string }} Line
 */

export function atMost(text, measured, limit) {
  return { text, met: measured <= limit, measured, limit };
}

export function atLeast(text, measured, limit) {
  return { text, met: measured >= limit, measured, limit };
}

export function holds(text, met, detail) {
  return { text, met, detail };
}

/**
 * Latencies in milliseconds over all rounds; the rate is the median of the rounds.
 * @param {string} what
 * @param {{ floor: import('./load.mjs').Measured, service: import('./load.mjs').Measured }} measured
 * @param {(summary: any) => Target[]} [judge]
 * @returns {Line}
 */
export function timing(what, measured, judge = () => []) {
  const summary = { service: summarise(measured.service), floor: summarise(measured.floor) };
  return { kind: 'timing', what, unit: 'ms', ...summary, targets: judge(summary) };
}

/** One time a round: until all calls of the round were answered. @returns {Line} */
export function total(what, measured, judge, note) {
  const inMs = ({ seconds, cpuMs, latencies }) => ({
    ...quantiles(seconds.map((each) => each * 1000)),
    cpuMs: cpuMs / latencies.length || undefined,
    rate: median(seconds.map((each) => latencies.length / seconds.length / each)),
  });
  const summary = { service: inMs(measured.service), floor: inMs(measured.floor) };
  return { kind: 'timing', what, unit: 'ms', ...summary, targets: judge(summary), note };
}

/** A number that is measured a few times; the median counts. @returns {Line} */
export function value(what, unit, { service, floor }, judge = () => []) {
  const summary = { service: median(service), floor: median(floor) };
  const all = {
    service: { median: summary.service, all: service },
    floor: { median: summary.floor, all: floor },
  };
  return { kind: 'value', what, unit, ...all, targets: judge(summary) };
}

function summarise({ latencies, rates, cpuMs }) {
  return {
    ...quantiles(latencies),
    rate: median(rates),
    rates,
    cpuMs: cpuMs / latencies.length || undefined,
  };
}

function quantiles(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share) =>
    sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  return { samples: sorted.length, p50: at(0.5), p90: at(0.9), p99: at(0.99), most: sorted.at(-1) };
}

function median(values) {
  return quantiles(values).p50;
}
