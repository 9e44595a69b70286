// Writes src/schema.ts: the types of every path, body and answer of docs/openapi.json. Not in git: it is made anew whenever the client is built.
import { readFile, writeFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';
import ts from 'typescript';

const document = JSON.parse(await readFile(new URL('../docs/openapi.json', import.meta.url), 'utf8'));
const blob = ts.factory.createTypeReferenceNode('Blob');
const nodes = await openapiTS(document, {
  // What has a default may be left out of a request.
  defaultNonNullable: false,
  // A file is a string in the document, and a Blob (or a File) in JavaScript.
  transform: schema => (schema.format === 'binary' ? blob : undefined),
});
await writeFile(new URL('src/schema.ts', import.meta.url), `// Made by generate.mjs from docs/openapi.json.\n\n${astToString(nodes)}`);
