import { connections } from "../operations/connect.ts";
import type { Desk } from "../operations/desk.ts";
import { showIntegration } from "../operations/show-integration.ts";

/** How many calls a vendor gets from us in its minute. */
export interface CallLimit {
  readonly vendor: string;
  /** the vendor's name as people write it */
  readonly title: string;
  readonly perMinute: number;
  readonly minuteMs: number;
}

/** The limits of both connections of an integration, as they are set. */
export async function callLimits(desk: Desk, integration: string): Promise<CallLimit[]> {
  const { source, target } = await showIntegration(desk, integration);
  const all = await connections(desk);
  return all
    .filter(({ name }) => name === source || name === target)
    .map(({ vendor, settings }) => ({
      vendor,
      title: desk.vendorTitle(vendor),
      perMinute: Number(settings.perMinute),
      minuteMs: Number(settings.minuteMs),
    }));
}
