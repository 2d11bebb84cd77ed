import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { optiply } from "../../src/connectors/optiply/index.ts";
import { zohoBooks } from "../../src/connectors/zoho-books/index.ts";
import type { Connector, Facts } from "../../src/core/connector.ts";
import { type OpenConnection, openConnection } from "./open-connection.ts";
import { type Fields, type StandIn, startStandIn } from "./stand-in.ts";

const noLimits = { perMinute: 100_000, minuteMs: 1_000 };

/** The stand-ins for the tests of one file, as at start before each of them, and connections that end with each. */
export interface Connections {
  readonly standIn: StandIn;
  /** opens one with the given settings and facts besides those that it always has */
  connect(more?: { readonly settings?: Fields; readonly facts?: Facts }): OpenConnection;
  /** has a connection that a test opened in its own way end with it */
  closeLater(connection: OpenConnection): void;
}

/** Has the tests of this file run against the stand-in of one vendor. */
function connectionsOf<Settings, Secrets>(
  connector: Connector<Settings, Secrets>,
  given: (addresses: StandIn["addresses"]) => {
    readonly settings: Fields;
    readonly secrets: Secrets;
    readonly facts?: Facts;
  },
): Connections {
  let standIn: StandIn | null = null;
  let opened: OpenConnection[] = [];
  const present = () => {
    if (standIn === null) throw new Error("the stand-ins are up from the first test to the last");
    return standIn;
  };
  beforeAll(async () => {
    standIn = await startStandIn();
  });
  afterAll(() => present().stop());
  beforeEach(() => present().reset());
  afterEach(async () => {
    for (const connection of opened) await connection.close();
    opened = [];
  });
  return {
    get standIn() {
      return present();
    },
    connect(more = {}) {
      const { settings, secrets, facts } = given(present().addresses);
      const connection = openConnection(connector, {
        settings: { ...settings, ...more.settings },
        secrets,
        facts: { ...facts, ...more.facts },
      });
      opened.push(connection);
      return connection;
    },
    closeLater: (connection) => opened.push(connection),
  };
}

/** The same for Optiply, out of the way of its limits. */
export const optiplyConnections = (facts: Facts = {}): Connections =>
  connectionsOf(optiply, ({ vendors, credentials }) => {
    const { couplingId, ...secrets } = credentials.optiply;
    return { settings: { ...vendors.optiply, couplingId, ...noLimits }, secrets, facts };
  });

/** The same for Zoho Books, out of the way of its limits. */
export const zohoBooksConnections = (): Connections =>
  connectionsOf(zohoBooks, ({ vendors, credentials }) => {
    const { organizationId, clientId, clientSecret, refreshToken } = credentials["zoho-books"];
    const settings = { organizationId, ...vendors["zoho-books"], ...noLimits };
    return { settings, secrets: { clientId, clientSecret, refreshToken } };
  });
