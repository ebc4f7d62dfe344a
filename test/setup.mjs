// @nestjs/throttler is CommonJS: its require() of the ESM-only Nest fails inside Jest unless Nest is loaded first.
import 'reflect-metadata';
import '@nestjs/common';
import '@nestjs/core';
