// The dongle's case: a tray, a lid, a clip for a 35 mm rail. Every number about the board comes from
// board.toml by way of case.py; run that, not this file alone.
//
// Coordinates are the board's: x right, y up from the sockets' edge, z up from the board's top.
// Four M2.5 x 12 screws for plastic go in from below, through the board, into the lid's posts.

part = "tray"; // tray, lid, clip, assembly, clash_*
board = [40, 64, 1.6, 2];          // width, length, thickness, corner radius
holes = [[2.4, 3.4], [37, 3.4], [3.2, 46.5], [37, 43.4]];
rj12 = [12.5, -2, 13.2, 18, 13.5]; // middle, face's y, width, depth, height
usb = [28.6, -1, 9, 7.4, 3.3];
antenna = [21, 18, 6, 3.3];        // middle, width, overhang, height
leds = [[22.4, 39, 0.8], [26.2, 39, 0.8]];
buttons = [[35.4, 49.45, 1.5], [5, 52.6, 1.5]]; // the user's, reset
antenna_free = 15;
capacitor = [34.2, 22.7, 10, 14];  // C9 of the TAKE build, standing
p1_out = [21.5, 2.6];              // wires of the second output: middle, width
tails = 3.5;
tallest = 14.2;
shift = [0, 0, 0];                 // case.py moves the board to see that a clash is seen

wall = 2;
gap = 0.5;                         // between board and wall
end_gap = 1;                       // between antenna and wall
e = 0.01;
$fn = part == "tray" || part == "lid" || part == "assembly" ? 40 : 16; // a proof needs no polish

x0 = -gap; x1 = board[0] + gap;
y0 = -gap; y1 = board[1] + antenna[2] + end_gap;
floor_z = -board[2] - tails - 0.5;
roof_z = tallest + 0.7;
split_z = -board[2];               // the tray's rim: the board lies on bosses, level with it
rail_y = board[1] - antenna_free - 17.5; // the rail is metal too
clip_screws = [[board[0] / 2 - 7, rail_y - 5], [board[0] / 2 + 7, rail_y - 5]];
spacer = 10;                       // so that a thumb reaches the plug's latch, which faces the cabinet's back
skin = 0.4;                        // what covers an opening that only some builds need: push it out
// The buttons' tongues: whether the free end is on the left, length, width.
tongues = [[false, 15, 7.4], [true, 15, 6]];
tongue_thick = 1.2;

module box(x, y, z, a, b, c) { translate([x, y, z]) cube([a, b, c]); }

module rounded(x_a, x_b, y_a, y_b, z_a, z_b, r) {
    translate([x_a, y_a, z_a]) linear_extrude(z_b - z_a)
        translate([r, r]) offset(r) square([x_b - x_a - 2 * r, y_b - y_a - 2 * r]);
}

module outside(z_a, z_b) { rounded(x0 - wall, x1 + wall, y0 - wall, y1 + wall, z_a, z_b, 3); }
module inside(z_a, z_b) { rounded(x0, x1, y0, y1, z_a, z_b, 1.5); }

// What the plugs need: the socket's own body, and the room of the plug in front of it.
// Downwards it is open to the tray's rim: what was left of the lid there would snap.
module openings(below = split_z - 1) {
    box(rj12[0] - rj12[2] / 2 - 0.4, y0 - wall - 5, below, rj12[2] + 0.8, wall + 6, rj12[4] + 0.4 - below);
    box(usb[0] - usb[2] / 2 - 0.4, y0 - wall - 5, -0.3, usb[2] + 0.8, wall + 6, usb[4] + 0.6);
    // the plug's moulding: USB-C plugs are only 6.5 mm long, so it must reach the socket's face
    translate([usb[0], usb[1] - 0.3, usb[4] / 2]) rotate([90, 0, 0])
        linear_extrude(10) offset(2.5) square([8.2, 2.6], center = true);
}

// The tray's front wall rises under the jack as far as the lid leaves open.
module sill() {
    box(rj12[0] - rj12[2] / 2, y0 - wall, split_z - e, rj12[2], wall - 0.1, -0.4 - split_z);
}

// Openings behind a skin: an SMA socket for the -1U module's antenna, in the end wall, and the wires
// of the second output, between the sockets.
module spare_openings() {
    translate([antenna[0], y1 - e, 8]) rotate([-90, 0, 0]) cylinder(d = 6.5, h = wall - skin);
    box(p1_out[0] - p1_out[1] / 2, y0 - wall + skin, 1, p1_out[1], wall, 4);
}

// A tongue in the roof that bends, 15 mm long; its pin stands 0.3 mm above the button. Bent by 0.6
// mm its strain is 0.5 %. Drawn for a button at zero, its free end to the right.
module tongue_slot(length, width) {
    x = width / 2 - length;
    difference() {
        box(x - 0.1, -width / 2 - 0.6, roof_z - 1, length + 0.7, width + 1.2, wall + 2);
        box(x - 1, -width / 2, roof_z - 2, length + 1, width, wall + 4);
    }
    box(x - 0.1, -width / 2 - e, roof_z - 1, length, width + 2 * e, wall - tongue_thick + 1);
}

module at_button(i) {
    translate([buttons[i][0], buttons[i][1], 0]) mirror([tongues[i][0] ? 1 : 0, 0, 0]) children();
}

module tongue_slots() {
    for (i = [0, 1]) at_button(i) tongue_slot(tongues[i][1], tongues[i][2]);
}

// The user's has a dimple to feel; reset is plain, and narrower. (The lid is printed on its top.)
module dimple() {
    translate([buttons[0][0], buttons[0][1], roof_z + wall - 0.4]) cylinder(d1 = 3, d2 = 4.5, h = 0.5);
}

module tongue_pins() {
    for (i = [0, 1]) at_button(i) translate([0, 0, buttons[i][2] + 0.3])
        cylinder(d = 3.6, h = roof_z + wall - tongue_thick + e - buttons[i][2] - 0.3);
}

module vents() {
    for (side = [x0 - wall - 1, x1 - 1]) for (y = [12 : 4 : 32])
        box(side, y, 8, wall + 2, 1.8, 4.5);
    for (y = [57 : 4 : 69]) box(14, y, roof_z - 1, 12, 1.8, wall + 2);
    for (y = [44 : 4 : 60]) box(14, y, floor_z - wall - 1, 12, 1.8, wall + 2);
}

module tray() {
    difference() {
        union() {
            difference() {
                outside(floor_z - wall, split_z);
                inside(floor_z, split_z + 1);
            }
            for (h = holes) translate([h[0], h[1], floor_z - e])
                cylinder(d = 6, h = -board[2] - floor_z + e);
            for (s = clip_screws) translate([s[0], s[1], floor_z - e]) cylinder(d = 6, h = 2.2 + e);
            sill();
        }
        for (h = holes) translate([h[0], h[1], floor_z - wall - 1]) {
            cylinder(d = 2.9, h = 20);
            cylinder(d = 5.4, h = 1 + 2.4); // the screw's head
        }
        for (s = clip_screws) translate([s[0], s[1], floor_z - wall - 1]) cylinder(d = 2.1, h = 4.2);
        openings(-0.4);
        vents();
    }
}

// Finds the tray's inside, under the antenna only: elsewhere the board fills the tray to its rim.
module lip() {
    difference() {
        union() {
            rounded(x0 + 0.15, x1 - 0.15, y0 + 0.15, y1 - 0.15, split_z - 1.6, split_z + e, 1.5);
            rounded(x0 - e, x1 + e, y0 - e, y1 + e, split_z, split_z + 1.6, 1.5);
        }
        rounded(x0 + 1.35, x1 - 1.35, y0 + 1.35, y1 - 1.35, split_z - 2, split_z + 2, 1);
        box(x0 - 1, y0 - 1, split_z - 3, x1 - x0 + 2, board[1] + gap + 1.4, 6);
    }
}

module lid() {
    difference() {
        union() {
            difference() {
                outside(split_z, roof_z + wall);
                inside(split_z - 1, roof_z);
            }
            lip();
            for (h = holes) translate([h[0], h[1], 0]) cylinder(d = 5.4, h = roof_z + e);
            for (l = leds) translate([l[0], l[1], l[2] + 0.8]) cylinder(d = 3.6, h = roof_z - l[2]);
        }
        for (h = holes) translate([h[0], h[1], -1]) cylinder(d = 2.1, h = 11);
        for (l = leds) translate([l[0], l[1], -1]) cylinder(d = 1.95, h = roof_z + wall + 2);
        openings();
        spare_openings();
        tongue_slots();
        dimple();
        vents();
    }
    tongue_pins();
}

// A rigid hook below and one above whose pocket is deeper, with a leaf in it that pushes the case
// up: hook it in above, press down, swing it in below, let go. To free it, press down again.
module clip() {
    translate([board[0] / 2 - 18, 0, -spacer]) clip_at_18();
    difference() {
        box(board[0] / 2 - 11, clip_screws[0][1] - 4, floor_z - wall - spacer - e, 22, 8, spacer + e);
        for (s = clip_screws) translate([s[0], s[1], floor_z - wall - spacer - 1]) cylinder(d = 2.9, h = spacer + 2);
    }
}

module clip_at_18() {
    z = floor_z - wall;
    base = 2.4; lip = 1.5; hook = 2.2; travel = 2.4;
    low = rail_y - 17.5; high = rail_y + 17.5;
    web = high + 0.3 + 2 + travel;
    difference() {
        union() {
            box(3, low - 4, z - base, 30, web + 3 - low + 4, base);
            box(3, low - 4, z - base - lip - hook, 30, 3.8, lip + hook + e);
            box(3, low - 4, z - base - lip - hook, 30, 5.8, hook);
            box(3, web, z - base - lip - hook, 30, 3, lip + hook + e);
            box(3, high - 2.4, z - base - lip - hook, 30, web - high + 3, hook);
            box(3, high + 0.05, z - base - lip - hook, 4, travel + 2.4, lip + hook + e);
        }
        // the leaf's room, through the hook; it is held at the left end only
        box(7, high - 3, z - base - lip - hook - 1, 18, travel + 5.1, 1 + hook + lip + e);
        for (s = clip_screws) translate([s[0] - board[0] / 2 + 18, s[1], z - base - 1]) {
            cylinder(d = 2.9, h = base + 2);
            cylinder(d = 5.4, h = 1.8);
        }
    }
    // 17 mm free, 1.5 thick: 2.4 mm of travel bend it by 1.9 %, which PETG stands for ever
    box(6.9, high + 0.05, z - base - lip - hook, 17.1, 1.5, lip + hook - 0.3);
}

module button(i) { b = buttons[i]; box(b[0] - 1.6, b[1] - 1.6, 0, 3.2, 3.2, b[2]); }

// The board as it is: what must fit, and what must not be touched.
module pcb() {
    difference() {
        rounded(0, board[0], 0, board[1], -board[2], 0, board[3]);
        for (h = holes) translate([h[0], h[1], -5]) cylinder(d = 2.7, h = 10);
    }
    box(rj12[0] - rj12[2] / 2, rj12[1], 0, rj12[2], rj12[3], rj12[4]);
    box(usb[0] - usb[2] / 2, usb[1], 0, usb[2], usb[3], usb[4]);
    box(antenna[0] - antenna[1] / 2, board[1] + antenna[2] - 25.5, 0, antenna[1], 25.5, antenna[3]);
    // the jack's pins, where its body is
    box(rj12[0] - rj12[2] / 2 + 1, 3, -board[2] - tails, rj12[2] - 2, rj12[3] - 6, tails);
    translate([capacitor[0], capacitor[1], 0]) cylinder(d = capacitor[2], h = capacitor[3]);
    for (i = [0, 1]) button(i);
    for (l = leds) box(l[0] - 0.8, l[1] - 0.5, 0, 1.6, 1, l[2]);
}

// Plugs as they come in, and light pipes (clear 1.75 mm filament).
module plugs() {
    box(rj12[0] - 5.1, -30, 2, 10.2, 28, 10);
    translate([usb[0], usb[1] - 0.4, usb[4] / 2]) rotate([90, 0, 0])
        linear_extrude(20) offset(2) square([8.2, 2.4], center = true);
    for (l = leds) translate([l[0], l[1], l[2] + 0.2]) cylinder(d = 1.75, h = 30);
    translate([antenna[0], y1 - 8, 8]) rotate([-90, 0, 0]) cylinder(d = 6.2, h = 8 + wall - skin - e);
}

module rail() {
    z = floor_z - wall - spacer - 2.4;
    box(-20, rail_y - 17.5, z - 1.05, 80, 4.5, 1);
    box(-20, rail_y + 13, z - 1.05, 80, 4.5, 1);
}

if (part == "tray") tray();
if (part == "lid") lid();
if (part == "clip") clip();
module half(upper) { if (upper) lid(); else tray(); }
if (part == "clash_board") for (upper = [0, 1]) intersection() { translate(shift) pcb(); half(upper); }
if (part == "clash_plugs") for (upper = [0, 1]) intersection() { translate(shift) plugs(); half(upper); }
// What each tongue's pin shares with its button when it is bent by 0.6 mm.
if (part == "press_user") intersection() { translate([0, 0, -0.6]) tongue_pins(); button(0); }
if (part == "press_reset") intersection() { translate([0, 0, -0.6]) tongue_pins(); button(1); }
if (part == "clash_rail") intersection() { translate(shift) rail(); clip(); }
if (part == "clash_halves") intersection() { tray(); lid(); }
if (part == "assembly") {
    color("#3b6e9e") tray();
    color("#c1440e") clip();
    color("#0b6e4f") pcb();
    color("#d8dee4") translate([0, 0, 26]) lid();
}
