// Drives a simulator of Stripe with the official client for Node: create, list over pages, update, delete.
const assert = require("node:assert");
const loaded = require("stripe");
const Stripe = loaded.default ?? loaded;

async function main(key, base) {
  const { hostname, port } = new URL(base);
  const stripe = new Stripe(key, { host: hostname, port, protocol: "http", maxNetworkRetries: 0, telemetry: false });
  const made = [];
  for (let number = 0; number < 4; number += 1) {
    made.push(await stripe.webhookEndpoints.create({
      url: `https://hooks.example.com/node/${number}`,
      enabled_events: ["charge.failed", "invoice.paid"],
      description: `node ${number}`,
      api_version: "2020-08-27",
    }));
  }
  assert.match(made[0].secret, /^whsec_/);
  assert.equal(made[0].api_version, "2020-08-27");
  const every = [];
  for await (const endpoint of stripe.webhookEndpoints.list({ limit: 1 })) every.push(endpoint.id);
  assert.deepEqual(every, made.map((endpoint) => endpoint.id).reverse());
  const changed = await stripe.webhookEndpoints.update(made[0].id, { disabled: true, metadata: { team: "risk" } });
  assert.equal(changed.status, "disabled");
  assert.deepEqual({ ...changed.metadata }, { team: "risk" });
  await assert.rejects(stripe.webhookEndpoints.create({ url: "nonsense", enabled_events: ["*"] }), { type: "StripeInvalidRequestError" });
  for (const endpoint of made.slice(1)) {
    assert.equal((await stripe.webhookEndpoints.del(endpoint.id)).deleted, true);
  }
  // What it signs with is what a simulator signs with.
  console.log(JSON.stringify((await stripe.webhookEndpoints.list()).data.map((endpoint) => endpoint.url)));
}

main(process.argv[2], process.argv[3]);
