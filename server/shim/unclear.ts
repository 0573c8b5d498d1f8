/** Only git can say, or it would take too long to find out. */
export class Unclear extends Error {}
