// Drives a simulator of Svix with the official client for Node.
const { Svix } = require("svix");

const [token, application, base] = process.argv.slice(2);
const client = new Svix(token, { serverUrl: base, numRetries: 0 });

async function main() {
  const made = [];
  for (let number = 0; number < 3; number += 1) {
    made.push(await client.endpoint.create(application, {
      url: `https://hooks.example.com/node/${number}`,
      description: `node ${number}`,
      eventTypes: ["invoice.paid"],
    }));
  }
  const page = await client.endpoint.list(application, { limit: 2 });
  if (page.done || page.data.length !== 2) throw new Error("a page of two of three");
  const rest = await client.endpoint.list(application, { limit: 2, iterator: page.iterator });
  if (!rest.done || rest.data[0].id !== made[0].id) throw new Error("the rest");
  const changed = await client.endpoint.patch(application, made[0].id, { eventTypes: null, disabled: true });
  if (changed.eventTypes !== null || !changed.disabled) throw new Error("null is all events");
  const { key } = await client.endpoint.getSecret(application, made[0].id);
  await client.endpoint.rotateSecret(application, made[0].id, {});
  if ((await client.endpoint.getSecret(application, made[0].id)).key === key) throw new Error("another key");
  await client.endpoint.delete(application, made[1].id);
  await client.endpoint.delete(application, made[2].id);
  const left = await client.endpoint.list(application);
  console.log(JSON.stringify(left.data.map((endpoint) => endpoint.url)));
}

main().catch((error) => { console.error(error); process.exit(1); });
