/** Where posts stand by now: a step does not name all posts of a block that holds many. */

import { PlacesDocument } from '../../generated/graphql.ts';
import { ask } from '../api/client.ts';
import { type Place, placeOf } from './board.ts';

/** Most posts that a request may name. */
const APIECE = 100;

/** @returns by their ids; those that are on the chain. @throws ApiError */
export async function readPlaces(ids: readonly string[]): Promise<Map<string, Place>> {
  const places = new Map<string, Place>();
  for (let from = 0; from < ids.length; from += APIECE) {
    const { transactionsById } = await ask(PlacesDocument, { ids: ids.slice(from, from + APIECE) });
    for (const post of transactionsById) {
      const place = post && placeOf(post);
      if (place) places.set(post.id, place);
    }
  }
  return places;
}
