import 'reflect-metadata';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { openApiDocument } from './openapi/document.js';

// Writes openapi/openapi.json, or with --check reports whether it is up to date. Runs in preview mode: opens no file or connection.
const FILE = 'openapi/openapi.json';

const app = await NestFactory.create(AppModule, new FastifyAdapter(), {
  preview: true,
  logger: ['error'],
  abortOnError: false,
});
const text = `${JSON.stringify(openApiDocument(app), null, 2)}\n`;
if (process.argv.includes('--check')) {
  if (text !== readFileSync(FILE, 'utf8')) {
    process.stderr.write(`${FILE} does not match the code: run "npm run openapi" and commit the result\n`);
    process.exitCode = 1;
  }
} else {
  mkdirSync('openapi', { recursive: true });
  writeFileSync(FILE, text);
}
