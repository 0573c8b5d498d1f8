import * as z from 'zod';
import { operation } from '../operation.ts';
import { ForkRef, Message, Name, Repository } from '../values.ts';

const repository = Repository;
/** What a program that runs for the caller finds in its environment. */
const env = z.record(z.string().max(1000), z.string().max(1_000_000)).optional().describe('Environment of the commands; default: that of the server');
const command = z.array(z.string().max(65_536)).max(10_000);

export const observe = operation({
  name: 'observe',
  summary: 'Run a validator in a fork, or tell its score, and record the result',
  params: z.object({
    repository, fork: ForkRef,
    command: command.default([]).describe('Program and arguments; runs in the directory of the fork, exit code 0 means ok'),
    score: z.number().optional().describe('How good it is; default: N of the last line "score: N" that the command prints, else 1 for ok and 0 for not'),
    evidence: z.string().max(65_536).optional().describe('What speaks for the verdict; default: the end of the output'),
    timeoutSeconds: z.number().positive().max(86_400).default(600),
    env,
  }),
  result: z.object({ fork: z.string(), checkpoint: z.string(), ok: z.boolean(), exit: z.int().nullable(), score: z.number().nullable(), millis: z.number(), evidence: z.string() }),
  readOnly: false, destructive: false,
  example: 'pyi observe try-regex -- npm test',
});

export const collapse = operation({
  name: 'collapse',
  summary: 'Make a fork the winner: an ordinary Git commit on the base branch, the other candidates discarded',
  params: z.object({
    repository,
    fork: ForkRef.optional().describe('The winner; default, with a task: its fork whose last observation passed with the highest score'),
    task: Name.optional().describe('Discard the other forks of this task; default: the task of the winner'),
    message: Message.optional(),
    keep: z.boolean().default(false).describe('Do not discard the losers'),
    dryRun: z.boolean().default(false),
  }),
  result: z.object({
    winner: z.string(), commit: z.string().nullable(), checkpoint: z.string(), discarded: z.array(z.string()),
    written: z.array(z.string()), removed: z.array(z.string()),
    message: z.string().describe('Of the commit, without the trailers that are added'),
    branch: z.string().nullable().describe('Full name of the branch that gets the commit; null when HEAD is detached or no commit is made'),
  }),
  readOnly: false, destructive: true,
  example: 'pyi collapse try-regex -m "Parse comments"',
});

export const race = operation({
  name: 'race',
  summary: 'Fork K times, try a command in each, validate each, collapse the best',
  params: z.object({
    repository,
    count: z.int().min(1).max(1000),
    task: Name.optional(),
    try: z.string().min(1).max(65_536).describe('Shell command; PYI_RACE_INDEX (from 1) and PYI_FORK are set'),
    validate: z.string().min(1).max(65_536),
    message: Message.optional(),
    parallel: z.int().min(1).max(64).default(2),
    timeoutSeconds: z.number().positive().max(86_400).default(600).describe('For each command'),
    budgetSeconds: z.number().positive().max(86_400 * 7).optional().describe('For all attempts: what runs then is ended, no further one starts, and the best so far is taken'),
    enough: z.number().optional().describe('Stop as soon as an attempt passes with this score or more'),
    env,
    collapse: z.boolean().default(true),
  }),
  result: z.object({
    task: z.string(), winner: z.string().nullable(), commit: z.string().nullable(),
    attempts: z.array(z.object({ fork: z.string(), name: z.string(), ok: z.boolean(), score: z.number().nullable(), tryExit: z.int().nullable(), exit: z.int().nullable(), millis: z.number() })).describe('Those that were judged; others were ended by "enough" or the budget, and discarded'),
    discarded: z.array(z.string()),
    stopped: z.enum(['done', 'enough', 'budget']).describe('Why no further attempt was made'),
  }),
  readOnly: false, destructive: true,
  example: 'pyi race -n 4 --task sort --try "./attempt.sh" --validate "npm test"',
});
