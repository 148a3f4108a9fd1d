/** What the command palette offers. */
import type { Project, Stack } from '../api/types';
import { links } from '../router/routes';

export interface Command {
  id: string;
  label: string;
  hint: string;
  /** Where it leads; or what it starts. */
  href?: string;
  start?: { project: string; action: 'deploy' | 'restart' | 'start' | 'stop' };
}

export function pageCommands(): Command[] {
  return [
    { id: 'page:overview', label: 'Projects', hint: 'page', href: links.overview() },
    { id: 'page:deployments', label: 'Deployments', hint: 'page', href: links.deployments() },
    { id: 'page:stacks', label: 'Stacks: dns and proxy', hint: 'page', href: links.stacks() },
    { id: 'page:reconcile', label: 'Reconcile: the repositories', hint: 'page', href: links.reconcile() },
    { id: 'page:docs', label: 'API documentation', hint: 'page', href: '/docs' },
  ];
}

function projectCommands(project: Project, mayOperate: boolean): Command[] {
  const { name } = project;
  const commands: Command[] = [
    { id: `project:${name}`, label: name, hint: 'project', href: links.project(name) },
  ];
  if (project.kind === 'host') return commands;
  commands.push({ id: `logs:${name}`, label: `Logs of ${name}`, hint: 'logs', href: links.logs(name) });
  if (!mayOperate) return commands;
  for (const action of ['deploy', 'restart', 'start', 'stop'] as const) {
    const label = `${action.charAt(0).toUpperCase()}${action.slice(1)} ${name}`;
    commands.push({ id: `${action}:${name}`, label, hint: 'action', start: { project: name, action } });
  }
  return commands;
}

function serviceCommands(stack: Stack): Command[] {
  if (stack.kind !== 'project') return [];
  return stack.services.map((service) => ({
    id: `service:${stack.name}/${service.name}`,
    label: `${stack.name} / ${service.name}`,
    hint: 'service logs',
    href: links.logs(stack.name, { service: service.name }),
  }));
}

export function makeCommands(
  projects: readonly Project[],
  stacks: readonly Stack[],
  mayOperate: boolean,
): Command[] {
  const perProject = projects.map((project) => projectCommands(project, mayOperate));
  return [
    ...perProject.map((commands) => commands[0]!),
    ...pageCommands(),
    ...perProject.flatMap((commands) => commands.slice(1)),
    ...stacks.flatMap(serviceCommands),
  ];
}
