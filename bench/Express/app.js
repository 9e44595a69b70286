import { createSecretKey } from 'node:crypto';
import express from 'express';
import jwt from 'jsonwebtoken';
import pg from 'pg';
import * as contacts from './contacts.js';

// Together as many connections as two cores can use.
const POOL_SIZE = 4;

export function createApp(settings) {
  const pool = new pg.Pool({ max: POOL_SIZE, options: '-c plan_cache_mode=force_generic_plan -c jit=off' });
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(authenticate(settings.JWT_KEY));

  app.get('/contacts/:id', async (request, response) => {
    const contact = await contacts.find(pool, request.organization, request.params.id);
    if (!contact) return response.status(404).json({ success: false });
    response.set('ETag', `"${contact.version}"`).json({ success: true, data: contact });
  });

  app.get('/contacts', async (request, response) => {
    const page = Number(request.query.page ?? 1);
    const pageSize = Math.min(Number(request.query.pageSize ?? 25), 100);
    response.json({ success: true, data: await contacts.list(pool, request.organization, page, pageSize) });
  });

  return app;
}

// A key object: with the key as a text the library tries to read it as a public one first, at thirty times the cost.
function authenticate(text) {
  const key = createSecretKey(Buffer.from(text, 'utf8'));
  return (request, response, next) => {
    try {
      const token = (request.get('authorization') ?? '').slice('Bearer '.length);
      request.organization = jwt.verify(token, key, { algorithms: ['HS256'], issuer: 'crm' }).org;
      next();
    } catch {
      response.status(401).json({ success: false });
    }
  };
}
