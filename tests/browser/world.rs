//! A shop with a history, as most pages want to be looked at with.

use chrono::TimeDelta;
use rollcage_server::{
    clock::Clock,
    model::{id::UserId, project::Role},
    secrets,
    store::{
        instance,
        invitations::{self, Place},
        mail_secrets,
    },
};
use rollcage_tests::{App, MailServer, Project, occurrence::frame};
use serde_json::{Value, json};

/// How often the shop's checkout failed in each of the last 24 hours, oldest first.
const HOURS: [usize; 24] = [
    1, 1, 0, 0, 0, 0, 0, 1, 2, 1, 0, 3, 2, 4, 1, 0, 2, 5, 3, 1, 0, 2, 6, 3,
];
/// The same for the days before, oldest first.
const DAYS: [usize; 6] = [2, 0, 5, 3, 0, 0];

/// The number of the item that has all there is to show.
pub const CHECKOUT: i64 = 1;
/// The number of an item that was resolved in a version.
pub const RESOLVED: i64 = 2;
/// The number of an item that was muted.
pub const MUTED: i64 = 3;

/// Where the first run begins.
pub async fn setup_path(app: &App) -> String {
    let secret = instance::setup_secret(app.database.db(), "it has one already").await;
    rollcage_web::paths::setup(&secret.expect("Postgres answers"))
}

/// Starts an app as many days ago as [`shop`] needs to come to the present; its mails go to `mail`.
pub async fn app(mail: &MailServer) -> App {
    let clock = Clock::default();
    let days = i64::try_from(DAYS.len()).expect("a week has few days");
    clock.advance(-TimeDelta::days(days + 1) - TimeDelta::minutes(4));
    App::builder().clock(&clock).mail(mail).start().await
}

/// Invites somebody to a project: the path of the link that a mail would have.
pub async fn invitation(app: &App, project: &Project<'_>, by: UserId, email: &str) -> String {
    let (db, now) = (app.database.db(), app.clock.now());
    let place = Place::Project(project.id, Role::Member);
    let id = invitations::put(db, place, email, by, now, now + TimeDelta::days(7))
        .await
        .expect("Postgres answers");
    let secret = secrets::secret();
    mail_secrets::insert_for_invitation(db, &secrets::sha256(&secret), id)
        .await
        .expect("Postgres answers");
    rollcage_web::paths::invitation(&secret)
}

/// The path of the link that a mail would have that resets somebody's password.
pub async fn reset(app: &App, user: UserId) -> String {
    let secret = secrets::secret();
    let expires_at = app.clock.now() + TimeDelta::hours(1);
    mail_secrets::insert_for_reset(
        app.database.db(),
        &secrets::sha256(&secret),
        user,
        expires_at,
    )
    .await
    .expect("Postgres answers");
    rollcage_web::paths::new_password(&secret)
}

/// Makes a project in which much has happened.
pub async fn shop(app: &App) -> Project<'_> {
    let project = app.project("Shop").await;
    for count in DAYS {
        checkout_fails(&project, "2.3.8", count).await;
        app.advance(TimeDelta::days(1));
    }
    project.item(CHECKOUT).await.resolve_in("2.4.0").await;
    for (hour, count) in HOURS.into_iter().enumerate() {
        app.advance(TimeDelta::hours(1));
        checkout_fails(&project, "2.4.0", count).await;
        if hour == HOURS.len() / 2 {
            others_fail(&project).await;
        }
    }
    project.item(RESOLVED).await.resolve_in("2.4.1").await;
    project.item(MUTED).await.mute().await;
    app.facets_counted().await;
    app.advance(TimeDelta::minutes(4));
    project
}

async fn checkout_fails(project: &Project<'_>, version: &str, times: usize) {
    for number in 0..times {
        checkout(number)
            .into_iter()
            .fold(
                project.occurrence().version(version),
                |occurrence, (name, value)| occurrence.with(&name, value),
            )
            .send()
            .await;
    }
    project.app().digested().await;
}

/// What happens in the shop now and then, each time to somebody else: the fields of `data`.
fn checkout(number: usize) -> Vec<(String, Value)> {
    let customers = [("2731", "ada"), ("198", "grace"), ("5520", "katherine")];
    let (id, customer) = customers[number % customers.len()];
    let cart = 8812 + number;
    let library = "/srv/shop/.venv/lib/python3.12/site-packages/flask/app.py";
    let data = json!({
        "environment": "production",
        "level": "error",
        "language": "python 3.12.4",
        "framework": "flask",
        "context": "POST /checkout",
        "notifier": { "name": "pyrollbar", "version": "1.5.0" },
        "person": { "id": id, "username": customer, "email": format!("{customer}@customer.example") },
        "server": { "host": format!("web-{}", 1 + number % 2), "pid": 4711, "root": "/srv/shop" },
        "request": {
            "method": "POST",
            "url": "https://shop.example/checkout?step=pay",
            "user_ip": "203.0.113.77",
            "headers": {
                "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Accept-Language": "de-CH,de;q=0.8,en;q=0.5",
                "Content-Type": "application/x-www-form-urlencoded",
                "Cookie": "session=s3cr3t",
            },
            "POST": { "cart": cart.to_string(), "voucher": "SPRING", "password": "hunter2" },
        },
        "custom": { "feature_flags": ["new-vouchers"], "queue": { "name": "checkout", "depth": 3 } },
        "body": { "trace": {
            "exception": {
                "class": "AttributeError",
                "message": "'NoneType' object has no attribute 'percent'",
            },
            "frames": [
                frame(library, 1511, "wsgi_app", "response = self.full_dispatch_request()"),
                frame(library, 917, "full_dispatch_request", "rv = self.dispatch_request()"),
                frame(library, 902, "dispatch_request", "return self.ensure_sync(view)(**view_args)"),
                {
                    "filename": "/srv/shop/app/views.py", "lineno": 112, "method": "checkout",
                    "code": "    amount = cart.total(voucher=request.form.get(\"voucher\"))",
                    "context": {
                        "pre": ["def checkout():", "    cart = Cart.of(session)"],
                        "post": ["    payment = charge(cart.customer, amount)"],
                    },
                    "locals": { "cart": format!("<Cart {cart}, 3 lines>") },
                },
                {
                    "filename": "/srv/shop/app/cart.py", "lineno": 48, "method": "total",
                    "code": "        rebate = vouchers.by_code(voucher).percent",
                    "context": {
                        "pre": [
                            "    def total(self, voucher=None):",
                            "        net = sum(line.price * line.quantity for line in self.lines)",
                        ],
                        "post": ["        return net * (100 - rebate) / 100"],
                    },
                    "argspec": ["self", "voucher"],
                    "locals": {
                        "self": format!("<Cart {cart}, 3 lines>"),
                        "voucher": "SPRING",
                        "net": 128.4,
                    },
                },
            ],
        } },
    });
    let data = data.as_object().cloned().unwrap_or_default();
    data.into_iter().collect()
}

/// One occurrence each of what else a list of items holds; they get the numbers from two on.
async fn others_fail(project: &Project<'_>) {
    let app = project.app();
    let python = |class: &str, message: &str| project.occurrence().class(class).message(message);
    let others = [
        python("KeyError", "'sku'").raised_in("shop/stock.py", "reserve").times(12),
        python("TimeoutError", "the payment provider did not answer within 30 s")
            .raised_in("shop/payments.py", "charge")
            .level("warning"),
        python("OperationalError", "could not connect to server: Connection refused")
            .raised_in("shop/db.py", "connect")
            .level("critical")
            .times(3),
        project
            .occurrence()
            .level("info")
            .environment("staging")
            .with("body", json!({ "message": { "body": "Stock of A1 is negative", "stock": -2 } })),
        project
            .occurrence()
            .with("language", "javascript")
            .with("platform", "browser")
            .with("context", "checkout/summary")
            .with("body", json!({ "trace": {
                "exception": {
                    "class": "TypeError",
                    "message": "Cannot read properties of undefined (reading 'formattedPriceIncludingTax')",
                },
                "frames": [{
                    "filename": "https://shop.example/assets/checkout/summary/components/OrderSummaryTable.3f9c1a7e.js",
                    "lineno": 1, "colno": 48_213, "method": "OrderSummaryTable.renderTotals",
                }],
            } })),
        python("ValueError", "month must be in 1..12").raised_in("shop/reports.py", "monthly").level("debug"),
    ];
    for other in others {
        other.send().await;
        app.digested().await;
    }
}
