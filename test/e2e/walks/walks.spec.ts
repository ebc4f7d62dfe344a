import { FIRST_START_MS } from '../../support/walks/demo.js';
import { firstMinutes, lastMinutes } from './first-minutes.js';
import { goldenPaths } from './golden-paths.js';
import { hub } from './hub.js';
import { notebook } from './notebook.js';
import { Place } from './place.js';
import { swagger } from './swagger.js';
import { terminal } from './terminal.js';

(process.platform === 'linux' ? describe : describe.skip)('from an empty folder', () => {
  const place = new Place();

  beforeAll(async () => {
    await place.make();
    await place.start();
  }, FIRST_START_MS);
  afterAll(() => place.bench.clean());

  describe('the first minutes with the demo', () => firstMinutes(place));
  describe('a person with a notebook', () => notebook(place));
  describe('a person with a terminal', () => terminal(place));
  describe('an administrator of the platform with nothing but Swagger UI', () => swagger(place));
  describe('golden paths in the demo', () => goldenPaths(place));
  // afterwards the demo asks a hub that is gone
  describe('an administrator of a hub', () => hub(place));
  describe('the end of the demo', () => lastMinutes(place));
});
