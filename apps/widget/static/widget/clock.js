/* What time it is at the server. What it gives out runs out by its own clock, and a device's may be hours off. */

const TOLERANCE = 10_000; // ms: the header counts whole seconds, and an answer takes its time

let ahead = 0; // ms by which the server's clock is ahead of this device's

export function noteServerTime(response) {
  const told = Date.parse(response.headers.get("Date"));
  if (Number.isNaN(told)) return;
  const difference = told - Date.now();
  ahead = Math.abs(difference) > TOLERANCE ? difference : 0;
}

export const serverNow = () => Date.now() + ahead;
