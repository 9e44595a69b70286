import createClient, { type Client, type Middleware } from 'openapi-fetch';
import type { components, paths } from './schema.js';

export type { components, operations, paths } from './schema.js';

/** One of the document's schemas by its name: `Schema<'Contact'>`. */
export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name];

export type Tokens = { accessToken: string; refreshToken: string };

export type CrmOptions = {
  /** Where the API is, such as `https://crm.example.com`. */
  baseUrl: string;
  /** The tokens of an earlier sign-in. */
  tokens?: Tokens;
  /** Told of new tokens, and of `undefined` when the session has ended: keep them where your app keeps such things. */
  onTokens?: (tokens: Tokens | undefined) => void;
  /** Another `fetch`, for tests. */
  fetch?: typeof globalThis.fetch;
};

/** An answer of the API's that is no success. `code` is stable: switch on it. */
export class CrmError extends Error {
  readonly status: number;
  readonly code: string;
  readonly details: readonly { field: string; message: string }[];
  readonly requestId: string | undefined;

  constructor(status: number, body: unknown) {
    const answer = (body ?? {}) as { error?: { code?: string; message?: string; details?: { field: string; message: string }[] }; requestId?: string };
    super(answer.error?.message ?? `The API answered ${status}.`);
    this.name = 'CrmError';
    this.status = status;
    this.code = answer.error?.code ?? 'UNKNOWN';
    this.details = answer.error?.details ?? [];
    this.requestId = answer.requestId;
  }
}

/** The paths of the API as `openapi-fetch` types them (`crm.GET('/contacts', …)`), signed in. */
export type Crm = Client<paths> & {
  /** Signs in; what follows carries the token, and renews it when it has expired. */
  signIn(email: string, password: string): Promise<Schema<'Account'>>;
};

/** What a call gave: the `data` of its envelope. Throws {@link CrmError} for every other answer. */
export async function data<T extends { data?: unknown }>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<NonNullable<T['data']>> {
  const { data: envelope, error, response } = await call;
  if (!response.ok || envelope === undefined) throw new CrmError(response.status, error);
  return envelope.data as NonNullable<T['data']>;
}

/** Sends a body as a form: for the routes that take files. */
export function form(body: object): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(body)) {
    if (value !== undefined && value !== null) data.append(name, value instanceof Blob ? value : String(value));
  }
  return data;
}

/** Makes a client. */
export function createCrm(options: CrmOptions): Crm {
  let tokens = options.tokens;
  let renewal: Promise<boolean> | undefined;
  const send = options.fetch ?? globalThis.fetch;
  const client = createClient<paths>({ baseUrl: options.baseUrl, fetch: request => send(request) });
  // Requests that may have to be sent again with a new token: their bodies can be read only once.
  const copies = new WeakMap<Request, Request>();

  const keep = (next: Tokens | undefined) => {
    tokens = next;
    options.onTokens?.(next);
  };

  const renew = async () => {
    const bare = createClient<paths>({ baseUrl: options.baseUrl, fetch: request => send(request) });
    const { data: answer, response } = await bare.POST('/auth/refresh', { body: { refreshToken: tokens?.refreshToken ?? '' } });
    if (answer) keep(answer.data);
    // An outage says nothing about the session.
    else if (response.status === 401) keep(undefined);
    return answer !== undefined;
  };

  const session: Middleware = {
    onRequest({ request }) {
      // A repeat of the same call, by this client or by the network, happens once.
      if (request.method === 'POST' && !request.headers.has('Idempotency-Key')) request.headers.set('Idempotency-Key', crypto.randomUUID());
      if (tokens && !request.headers.has('Authorization')) {
        request.headers.set('Authorization', `Bearer ${tokens.accessToken}`);
        copies.set(request, request.clone());
      }
      return request;
    },
    async onResponse({ request, response }) {
      const again = copies.get(request);
      if (response.status !== 401 || !again || !tokens) return undefined;
      // Several calls may find their token expired at the same time: they wait for one renewal.
      if (again.headers.get('Authorization') === `Bearer ${tokens.accessToken}`) {
        renewal ??= renew().finally(() => (renewal = undefined));
        if (!(await renewal)) return undefined;
      }
      again.headers.set('Authorization', `Bearer ${tokens.accessToken}`);
      return send(again);
    },
  };
  client.use(session);

  return Object.assign(client, {
    async signIn(email: string, password: string) {
      const answer = await data(client.POST('/auth/login', { body: { email, password } }));
      keep({ accessToken: answer.accessToken, refreshToken: answer.refreshToken });
      return answer.user;
    },
  });
}
