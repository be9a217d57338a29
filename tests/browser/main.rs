//! What people see: the pages in a real chromium.

mod alerts;
mod away;
mod axe;
mod hostile;
mod keyboard;
mod merging;
mod newcomer;
mod pages;
mod polyglots;
mod recorded;
mod set_up;
mod storefront;
mod team;
mod without_scripts;
mod world;
