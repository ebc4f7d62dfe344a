// Users that are there before a row is measured.
import { BUCKET, post } from '../stage.mjs';

/**
 * People with a pair of their own, known to the service by their own tokens.
 * @returns {Promise<{ name: string, token: string }[]>}
 */
export async function servicePeople(stage, service, count) {
  const people = Array.from({ length: count }, (_, index) => {
    const name = `person${index}`;
    return { name, token: stage.person(name) };
  });
  for (const { name, token } of people) await service.client.expect(post(`/users/${name}`, token), 201);
  return people;
}

/** Users of the floor alone. @returns {Promise<import('../floor.mjs').Keys[]>} */
export async function floorPeople(floor, count) {
  const people = [];
  for (let index = 0; index < count; index += 1) people.push(await floor.createUser(`floor${index}`, BUCKET));
  return people;
}
