// The README's tour, in TypeScript: run the local stack, then `npm run tour`. Every name and every body here is checked by the compiler.
import { CrmError, createCrm, data, form, type Tokens } from '../src/index.js';

const [api = 'http://127.0.0.1:7071', providers = 'http://127.0.0.1:7072'] = process.argv.slice(2);
const number = Math.floor(Math.random() * 1e6);
let tokens: Tokens | undefined;
const crm = createCrm({ baseUrl: api, onTokens: next => (tokens = next) });

// ---- Sign in as the owner and look around
await crm.signIn('owner@acme.test', 'Passw0rd!demo');
const me = await data(crm.GET('/auth/me'));
say(`${me.email} of ${me.organization.name}`);
const found = await data(crm.GET('/contacts', { params: { query: { search: 'northwind', pageSize: 2 } } }));
for (const contact of found.contacts) say(`${contact.name}, ${contact.status}, ${contact.company}`);

// ---- Invite a colleague, find the mail, and accept with the link in it
await data(crm.POST('/auth/invite', { body: { email: `nina${number}@acme.test`, role: 'staff', name: 'Nina New' } }));
const token = await until(async () => /token=([\w-]+)/.exec((await mails(`nina${number}@acme.test`))[0]?.text ?? '')?.[1]);
const guest = createCrm({ baseUrl: api });
const preview = await data(guest.GET('/auth/invitations/{token}/preview', { params: { path: { token } } }));
say(`invited to ${preview.organizationName}`);
await data(guest.POST('/auth/accept-invitation', { body: { token, password: 'a fine new password', name: 'Nina New' } }));

// ---- Nina is staff: she sees her own contacts, and nobody else's
const nina = createCrm({ baseUrl: api });
await nina.signIn(`nina${number}@acme.test`, 'a fine new password');
say(`Nina sees ${(await data(nina.GET('/contacts'))).meta.pagination.total} contacts`);
const carl = await data(
  nina.POST('/contacts', { body: { name: 'Carl First', email: `carl${number}@first.example`, phone: '(415) 555-0132' } }));
await data(nina.PATCH('/contacts/{id}', { params: { path: { id: carl.id } }, body: { status: 'customer' } }));
const timeline = await data(crm.GET('/contacts/{id}/timeline', { params: { path: { id: carl.id } } }));
say(timeline.timeline.map(entry => entry.title).join('; '));

// ---- The board, the day's work and the figures
const board = await data(crm.GET('/deals', { params: { query: { perStage: 1 } } }));
say((board.stages ?? []).map(stage => `${stage.name} ${stage.dealCount}`).join(', '));
say(JSON.stringify((await data(crm.GET('/tasks/reminders'))).counts));
const kpis = await data(crm.GET('/dashboard/kpis'));
say(`${kpis.totalContacts} contacts, ${kpis.totalDeals} deals`);

// ---- Import a file and take it back
const file = new File(['E-mail,First name,Company\ndora@second.example,Dora,Second Ltd\nnot-an-address,Emil,Third Ltd\n'], 'people.csv');
const upload = await data(crm.POST('/contacts/import', { body: { file }, bodySerializer: form }));
const path = { id: upload.id };
const report = await until(async () => {
  const state = await data(crm.GET('/contacts/import/{id}', { params: { path } }));
  return state.import.finishedAt ? state : undefined;
});
say(`import ${report.import.status}: ${report.import.created} created, ${report.errors.length} at fault`);
await data(crm.POST('/contacts/import/{id}/undo', { params: { path } }));

// ---- A campaign to three people, opened by one; another answers, and is answered
for (const name of ['Ann', 'Bea', 'Cem']) {
  await data(crm.POST('/contacts', { body: { firstName: name, email: `${name}${number}@third.example`, tags: [`tour${number}`] } }));
}
const campaign = await data(crm.POST('/campaigns', {
  body: {
    name: `Open house ${number}`, type: 'email', subject: 'Come and see us, {{first_name}}', content: 'On Friday.',
    segment: { tags: [`tour${number}`] },
  },
}));
const campaignPath = { id: campaign.id };
await data(crm.POST('/campaigns/{id}/send', { params: { path: campaignPath }, body: {} }));
const stats = () => data(crm.GET('/campaigns/{id}/stats', { params: { path: campaignPath } }));
await until(async () => (await stats()).delivered === 3 || undefined);
await simulate('event', { recipient: `Ann${number}@third.example`, event: 'open' });
say(`opened by ${await until(async () => (await stats()).opened || undefined)} of ${(await stats()).delivered}`);
await simulate('email', { from: `Cem${number}@third.example`, to: 'acme@inbound.crm.test', subject: 'Friday', text: 'I will come.' });
const conversation = await until(async () =>
  (await data(crm.GET('/inbox/conversations', { params: { query: { unread: true, search: `Cem${number}` } } }))).conversations[0]);
const reply = await data(crm.POST('/inbox/conversations/{id}/messages', {
  params: { path: { id: conversation.id } }, body: { content: 'Until Friday, then.' },
}));
say(`the answer is ${reply.status}`);

// ---- Another tab goes on with the session; its token has expired, and several calls renew it once
let renewals = 0;
const tab = createCrm({ baseUrl: api, tokens: { accessToken: 'expired', refreshToken: tokens?.refreshToken ?? '' }, onTokens: () => renewals++ });
const dana = { name: 'Dana Tab', allowDuplicate: true };
await Promise.all([data(tab.GET('/auth/me')), data(tab.GET('/dashboard/kpis')), data(tab.POST('/contacts', { body: dana }))]);
say(`renewed ${renewals} time`);

// ---- What is refused is an error with a stable code
try {
  await data(nina.POST('/auth/invite', { body: { email: 'x@acme.test', role: 'staff' } }));
} catch (error) {
  if (!(error instanceof CrmError)) throw error;
  say(`Nina may not invite: ${error.status} ${error.code}`);
}
say('The tour is over.');

function say(line: string) {
  console.log(line);
}

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 300; tries++) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await new Promise(resolve => setTimeout(resolve, 200));
  }
  throw new Error('It did not happen within a minute.');
}

async function mails(to: string) {
  return (await (await fetch(`${providers}/mailbox.json?to=${to}`)).json()) as { text: string }[];
}

async function simulate(what: string, body: object) {
  const headers = { 'Content-Type': 'application/json' };
  await fetch(`${providers}/simulate/${what}`, { method: 'POST', headers, body: JSON.stringify(body) });
}
