//! On a terminal: a line for each step, redrawn as it waits, runs and ends.

use super::lines::{doing, done, line};
use super::{Event, Planned, written_to};
use engine::{Action, escape};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

/// A spinner turns this often.
const TICK: Duration = Duration::from_millis(120);

/// What is redrawn, while anything is.
#[derive(Default)]
pub(crate) struct Live {
    area: Mutex<Option<Area>>,
}

/// The lines at the bottom of the terminal.
struct Area {
    all: MultiProgress,
    steps: BTreeMap<String, ProgressBar>,
    /// Waits that belong to no step that runs, by what they are for.
    waits: BTreeMap<String, ProgressBar>,
}

impl Live {
    pub(crate) fn show(&self, event: &Event) {
        match event {
            Event::Planned { steps } => self.with(|area| area.plan(steps)),
            Event::Started { resource, action } => self.with(|area| area.start(resource, *action)),
            Event::Finished { resource, action, seconds } => {
                let text = format!("{} {resource} ({seconds:.1} s)", done(*action));
                self.with(|area| area.end(resource, "✓", &text));
            }
            Event::Postponed { resource, action, reason } => {
                let text = format!("{resource} not {} yet: {}", done(*action), escape(reason));
                self.with(|area| area.end(resource, "…", &text));
            }
            Event::Waiting { resource, what, .. } => self.with(|area| area.wait(resource, what)),
            Event::Waited { resource, what, .. } => self.with(|area| area.go_on(resource, what)),
            Event::CameTo { resource, text } => self.with(|area| area.say(resource, text)),
            Event::Failed { resource, action, .. } => {
                let text = format!("{resource} not {}", done(*action));
                self.with(|area| area.end(resource, "✗", &text));
                self.print(event);
            }
            Event::Error { .. } => {
                self.leave();
                self.print(event);
            }
            Event::Note { .. } | Event::Warning { .. } => self.print(event),
        }
    }

    /// Writes outside the lines that are redrawn; below them, once nothing runs any more.
    pub(crate) fn beside(&self, write: impl FnOnce()) {
        let Ok(mut slot) = self.area.lock() else { return write() };
        match &mut *slot {
            Some(area) if area.is_busy() => area.all.suspend(write),
            _ => {
                slot.take();
                write();
            }
        }
    }

    /// Lets everything stand as it is.
    pub(crate) fn leave(&self) {
        if let Some(area) = self.area.lock().ok().and_then(|mut it| it.take()) {
            area.steps.values().chain(area.waits.values()).for_each(ProgressBar::abandon);
        }
    }

    fn print(&self, event: &Event) {
        let Some(line) = line(event) else { return };
        self.beside(|| written_to(anstream::stderr(), format_args!("{line}")));
    }

    fn with(&self, change: impl FnOnce(&mut Area)) {
        if let Ok(mut area) = self.area.lock() {
            change(area.get_or_insert_with(|| Area::new(ProgressDrawTarget::stderr())));
        }
    }
}

impl Area {
    fn new(target: ProgressDrawTarget) -> Self {
        let all = MultiProgress::with_draw_target(target);
        Self { all, steps: BTreeMap::new(), waits: BTreeMap::new() }
    }

    fn is_busy(&self) -> bool {
        self.steps.values().chain(self.waits.values()).any(|it| !it.is_finished())
    }

    fn plan(&mut self, steps: &[Planned]) {
        for Planned { resource, action, after } in steps {
            let bar = self.all.add(ProgressBar::new_spinner());
            let after = after.join(", ");
            let after = if after.is_empty() { after } else { format!("after {after}") };
            bar.set_style(style("  · {msg:.dim}"));
            bar.set_message(format!("{} {resource} {after}", wanted(*action)));
            bar.tick();
            self.steps.insert((*resource).to_owned(), bar);
        }
    }

    fn start(&mut self, resource: &str, action: Action) {
        let all = &self.all;
        let bar = self.steps.entry(resource.to_owned());
        let bar = bar.or_insert_with(|| all.add(ProgressBar::new_spinner()));
        bar.set_prefix(format!("{} {resource}", doing(action)));
        spin(bar);
    }

    fn end(&mut self, resource: &str, mark: &str, text: &str) {
        if let Some(bar) = self.steps.get(resource) {
            bar.disable_steady_tick();
            bar.set_style(style("  {msg}"));
            bar.finish_with_message(format!("{mark} {text}"));
        }
    }

    fn wait(&mut self, resource: &str, what: &str) {
        let message = format!("waiting for {}", escape(what));
        if let Some(bar) = self.running(resource) {
            bar.set_message(message);
            return;
        }
        let bar = self.all.add(ProgressBar::new_spinner());
        bar.set_prefix(message);
        spin(&bar);
        self.waits.insert(what.to_owned(), bar);
    }

    fn go_on(&mut self, resource: &str, what: &str) {
        if let Some(bar) = self.running(resource) {
            bar.set_message("");
        }
        if let Some(bar) = self.waits.remove(what) {
            bar.finish_and_clear();
        }
    }

    fn say(&mut self, resource: &str, text: &str) {
        if let Some(bar) = self.running(resource) {
            bar.set_message(escape(text));
        }
    }

    fn running(&self, resource: &str) -> Option<&ProgressBar> {
        self.steps.get(resource).filter(|it| !it.is_finished() && !it.prefix().is_empty())
    }
}

fn spin(bar: &ProgressBar) {
    bar.set_style(style("  {spinner:.cyan} {prefix} {elapsed:.dim} {msg:.dim}"));
    bar.set_message("");
    bar.reset_elapsed();
    bar.enable_steady_tick(TICK);
}

/// A line of the terminal's width. A template that indicatif does not take is a line without style.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

fn wanted(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Update => "update",
        Action::Adopt => "adopt",
        Action::Delete => "delete",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use indicatif::InMemoryTerm;

    fn planned(resource: &'static str, after: &[&'static str]) -> Planned {
        Planned { resource, action: Action::Create, after: after.to_vec() }
    }

    fn draw(act: impl Fn(&Live)) -> String {
        let term = InMemoryTerm::new(24, 60);
        let target = ProgressDrawTarget::term_like_with_hz(Box::new(term.clone()), 255);
        let live = Live { area: Mutex::new(Some(Area::new(target))) };
        act(&live);
        if let Some(area) = &*live.area.lock().unwrap() {
            let bars = area.steps.values().chain(area.waits.values());
            bars.for_each(|it| {
                it.disable_steady_tick();
                it.set_style(style("{prefix}> {msg}"));
                it.force_draw();
            });
        }
        term.contents()
    }

    #[test]
    fn each_step_has_a_line_that_says_what_it_waits_for() {
        let (resource, action) = ("bucket", Action::Create);
        let drawn = draw(|live| {
            let steps = vec![planned("bucket", &[]), planned("policy", &["bucket", "role"])];
            live.show(&Event::Planned { steps });
            live.show(&Event::Started { resource, action });
            live.show(&Event::Waiting { resource, what: "S3 to know it", at_most: 60 });
            live.show(&Event::Waiting { resource: "stack", what: "changes", at_most: 60 });
        });
        insta::assert_snapshot!(drawn, @r"
        creating bucket> waiting for S3 to know it
        > create policy after bucket, role
        waiting for changes>
        ");
    }

    #[test]
    fn what_is_over_says_how_long_it_took() {
        let action = Action::Delete;
        let drawn = draw(|live| {
            live.show(&Event::Started { resource: "role", action });
            live.show(&Event::Started { resource: "function", action });
            live.show(&Event::Finished { resource: "role", action, seconds: 1.24 });
            live.show(&Event::Postponed { resource: "function", action, reason: "replicas" });
        });
        insta::assert_snapshot!(drawn, @r"
        deleting role> ✓ deleted role (1.2 s)
        deleting function> … function not deleted yet: replicas
        ");
    }
}
