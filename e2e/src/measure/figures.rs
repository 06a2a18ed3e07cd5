//! Figures, put together for people as tables and for machines as JSON.

use std::time::Duration;

use serde_json::{Value, json};

use super::load::Load;
use super::machine::Cores;

/// One measured value.
#[derive(Debug, Clone)]
struct Figure {
    name: String,
    value: f64,
    unit: &'static str,
    note: String,
}

/// What was measured together.
#[derive(Debug, Clone)]
pub struct Section {
    name: &'static str,
    about: String,
    figures: Vec<Figure>,
}

impl Section {
    /// One without figures yet; `about` says under which conditions they were taken.
    pub fn new(name: &'static str, about: impl Into<String>) -> Self {
        Self { name, about: about.into(), figures: Vec::new() }
    }

    /// Adds a figure. `unit` as in `/s` or `ms`, empty for a bare number.
    pub fn add(&mut self, name: impl Into<String>, value: f64, unit: &'static str) {
        self.note(name, value, unit, "");
    }

    /// Adds a figure with a remark: what to hold it against, or what it leaves out.
    pub fn note(&mut self, name: impl Into<String>, value: f64, unit: &'static str, note: impl Into<String>) {
        self.figures.push(Figure { name: name.into(), value, unit, note: note.into() });
    }

    /// Adds a count.
    #[expect(clippy::cast_precision_loss, reason = "a figure for people; exact up to 2^53")]
    pub fn count(&mut self, name: impl Into<String>, count: u64, note: impl Into<String>) {
        self.note(name, count as f64, "", note);
    }

    /// Adds a time in seconds.
    pub fn time(&mut self, name: impl Into<String>, time: Duration) {
        self.add(name, time.as_secs_f64(), "s");
    }

    /// Adds how many cores the services, the generator and others used, if that is known.
    pub fn cores(&mut self, cores: Option<Cores>) {
        if let Some(Cores { services, generator, others }) = cores {
            self.add("cores used by the services", services, "");
            self.add("cores used by the generator", generator, "");
            self.note("cores used by others", others, "", "if this is much, measure again on a quiet machine");
        }
    }

    /// Adds what every load tells: how many were taken a second, how long calls took, how many were refused.
    pub fn load(&mut self, what: &str, load: &Load, aim: &str) {
        self.note(format!("{what}, a second"), load.rate(), "/s", aim);
        for (name, per_mille) in [("p50", 500), ("p99", 990)] {
            if let Some(time) = load.latencies.within(per_mille) {
                self.add(format!("{what}: {name}"), time, "ms");
            }
        }
        let first = load.refusal.as_ref().map_or_else(String::new, |why| format!("the first: {why}"));
        self.count(format!("{what}: refused"), load.refused, first);
    }
}

/// All sections of a run.
#[derive(Debug)]
pub struct Report {
    machine: String,
    sections: Vec<Section>,
}

impl Report {
    /// A report on this machine, without sections yet.
    pub fn new(machine: String) -> Self {
        Self { machine, sections: Vec::new() }
    }

    /// The line above all tables.
    pub fn heading(&self) -> String {
        format!("Folkmoot {} on {}", env!("CARGO_PKG_VERSION"), self.machine)
    }

    /// Prints a section and keeps it.
    pub fn add(&mut self, section: Section) {
        print!("{}", table(&section));
        self.sections.push(section);
    }

    /// Everything as one JSON object.
    ///
    /// # Errors
    /// If a value is not a number.
    pub fn to_json(&self) -> serde_json::Result<String> {
        let figure = |f: &Figure| json!({ "name": f.name, "value": f.value, "unit": f.unit, "note": f.note });
        let sections: Vec<Value> = self
            .sections
            .iter()
            .map(|s| {
                let figures: Vec<Value> = s.figures.iter().map(figure).collect();
                json!({ "name": s.name, "about": s.about, "figures": figures })
            })
            .collect();
        let all = json!({ "version": env!("CARGO_PKG_VERSION"), "machine": self.machine, "sections": sections });
        serde_json::to_string_pretty(&all)
    }
}

fn table(section: &Section) -> String {
    let widest = section.figures.iter().map(|figure| figure.name.chars().count()).max().unwrap_or(0);
    let mut text = format!("\n{}: {}\n", section.name, section.about);
    for Figure { name, value, unit, note } in &section.figures {
        let line = format!("  {name:<widest$}  {:>12} {unit:<3}  {note}", shown(*value));
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Whole from a hundred on, else with three digits; thousands apart.
fn shown(value: f64) -> String {
    if value.is_nan() {
        return "-".to_owned();
    }
    let decimals = match value.abs() {
        v if v >= 99.95 || v.fract() == 0.0 => 0,
        v if v >= 10.0 => 1,
        v if v >= 1.0 => 2,
        _ => 3,
    };
    let text = format!("{value:.decimals$}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) && !grouped.ends_with('-') {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    if fraction.is_empty() { grouped } else { format!("{grouped}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_as_many_digits_as_it_deserves() {
        let table = [(41_234.56, "41 235"), (123.4, "123"), (12.34, "12.3"), (1.234, "1.23"), (0.1234, "0.123")];
        for (value, expected) in table.into_iter().chain([(0.0, "0"), (64.0, "64"), (1_234_567.0, "1 234 567")]) {
            assert_eq!(shown(value), expected);
        }
    }

    #[test]
    fn a_table_is_aligned() {
        let mut section = Section::new("bus", "64 connections");
        section.note("events", 5.0, "/s", "aim: 6");
        section.add("longer name", 12.5, "ms");
        assert_eq!(
            table(&section),
            "\nbus: 64 connections\n  events                  5 /s   aim: 6\n  longer name          12.5 ms\n"
        );
    }
}
