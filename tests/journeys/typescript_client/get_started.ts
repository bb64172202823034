// The guide's "Get started", by a client whose types were generated from openapi.json.
//
// Run by test_generated_clients.py, which generates `schema.d.ts`; takes the address of
// the server, the client key and the API token.

import assert from "node:assert/strict";
import process from "node:process";

import createClient from "openapi-fetch";

import type { components, paths } from "./schema.js";

type Schemas = components["schemas"];

const [baseUrl, clientKey, apiToken] = process.argv.slice(2);
assert(baseUrl !== undefined && clientKey !== undefined && apiToken !== undefined);
const credentials = Buffer.from(`${clientKey}:${apiToken}`).toString("base64");
const client = createClient<paths>({
  baseUrl,
  headers: { Authorization: `Basic ${credentials}` },
});

function expect<Data>(answer: { data?: Data; error?: unknown }): NonNullable<Data> {
  assert(answer.data !== undefined && answer.data !== null, JSON.stringify(answer.error));
  return answer.data;
}

async function create(): Promise<Schemas["Order"]> {
  const body: Schemas["OrderCreate"] = {
    referenceId: "APP-1187",
    orderedAt: "2024-11-12T09:28:41Z",
    currencyCode: "EUR",
    price: 100.1,
    channel: "MOBILE_APP",
    status: "PURCHASED",
  };
  const order = expect(await client.POST("/v2.1/orders", { body }));
  assert(order.href.endsWith(`/v2.1/orders/${order.ref}`));
  assert.equal(order.orderedAt, "2024-11-12T09:28:41Z");
  assert.equal(order.price, 100.1);
  assert.equal(order.status, "PURCHASED");
  assert.equal(order.contacts.href, `${order.href}/contacts`);
  return order;
}

async function findGuest(order: Schemas["Order"]): Promise<Schemas["Guest"]> {
  const contact = expect(
    await client.POST("/v2.1/orders/{orderRef}/contacts", {
      params: { path: { orderRef: order.ref } },
      body: { firstName: "Aoife", emails: ["aoife.nolan@example.com"] },
    }),
  );
  assert.equal(contact.order.href, order.href);
  assert.deepEqual(contact.emails, ["aoife.nolan@example.com"]);
  const guestRef = contact.guest?.href.split("/").at(-1);
  assert(guestRef !== undefined);
  const guest = expect(
    await client.GET("/v2.1/guests/{guestRef}", { params: { path: { guestRef } } }),
  );
  assert.equal(guest.ref, guestRef);
  assert.equal(guest.guestType, "customer");
  assert.equal(guest.email, "aoife.nolan@example.com");
  return guest;
}

async function listOrdersOf(guest: Schemas["Guest"], order: Schemas["Order"]): Promise<void> {
  const guestRef = guest.ref;
  const page = expect(await client.GET("/v2.1/orders", { params: { query: { guestRef } } }));
  assert.deepEqual(
    page.items.map((item) => item.ref),
    [order.ref],
  );
  const expanded = expect(
    await client.GET("/v2.1/orders", {
      params: { query: { guestRef, expand: true, sort: "orderedAt::DESC" } },
    }),
  );
  const [whole] = expanded.items;
  assert(whole !== undefined && "referenceId" in whole);
  assert.equal(whole.referenceId, "APP-1187");
}

async function extend(order: Schemas["Order"]): Promise<void> {
  const path = { orderRef: order.ref, dataExtensionName: "ext" } as const;
  const address = "/v2.1/orders/{orderRef}/extensions/{dataExtensionName}";
  const body = { firstTimeOrder: true, storeLocation: "London", totalUnits: 8, totalDiscount: 99.9 };
  const made = expect(await client.POST(address, { params: { path }, body }));
  assert.equal(made.order.href, order.href);
  const extension = expect(await client.GET(address, { params: { path } }));
  const location: Schemas["ExtensionValue"] | undefined = extension["storeLocation"];
  assert.equal(location, "London");
  assert.equal(extension.name, "ext");
  assert.equal(extension.key, "default");
  assert.equal(extension["firstTimeOrder"], true);
  assert.equal(extension["totalUnits"], 8);
  const repeated = await client.POST(address, { params: { path }, body });
  assert(repeated.error !== undefined);
  assert.equal(repeated.error.code, 409);
  const left = expect(
    await client.DELETE(`${address}/fields`, {
      params: { path, query: { name: ["storeLocation|totalUnits", "totalDiscount"] } },
    }),
  );
  assert.equal(left["storeLocation"], undefined);
  const gone = await client.DELETE(address, { params: { path } });
  assert.equal(gone.response.status, 200);
  assert.equal(gone.data, null);
}

async function amend(order: Schemas["Order"]): Promise<void> {
  const amended = expect(
    await client.PATCH("/v2.1/orders/{orderRef}", {
      params: { path: { orderRef: order.ref } },
      body: { status: "REFUNDED", channel: null },
    }),
  );
  assert.equal(amended.status, "REFUNDED");
  assert.equal(amended.channel, undefined);
}

const order = await create();
const guest = await findGuest(order);
await listOrdersOf(guest, order);
await extend(order);
await amend(order);
