/** Which rights each of the roles shares. */
import { attributes } from './attributes.ts';
import { defaultsForOthers, defaultsFromOthers } from './default-privileges.ts';
import { memberships } from './memberships.ts';
import { privileges } from './privileges.ts';
import { settings } from './settings.ts';

/** What the owner role has too: its views and functions act with its rights, and were made with those of the users. */
export const ownersRights = [memberships, privileges, defaultsFromOthers];
export const usersRights = [...ownersRights, defaultsForOthers, settings, attributes];
