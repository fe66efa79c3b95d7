"""The style sheet, made from the colours.

Widgets say what they are by a `kind` property: QPushButton[kind="primary"], QLabel[kind="muted"]. Chart colours and painted
widgets take theirs from `theme()`.
"""

from __future__ import annotations

from dataclasses import asdict
from string import Template

from app.desktop.theme.tokens import Tokens

_SHEET = Template("""
* { font-family: "Inter"; font-size: 13px; outline: 0; }
QWidget { color: $text; }
QMainWindow, QDialog { background: $bg; }
QToolTip { background: $bg2; color: $text; border: 1px solid $border2; padding: 4px 8px; }
QWidget[surface="frame"] { background: $bg; }
QWidget[surface="panel"] { background: $bg1; }
QFrame[kind="card"] { background: $bg2; border: 1px solid $border; border-radius: 8px; }
QFrame[kind="card"][chosen="true"] { background: $accentbg; border: 1px solid $accent; }
QFrame[kind="popup"] { background: $bg2; border: 1px solid $border2; border-radius: 8px; }
QFrame[kind="segmented"] { background: $bg1; border: 1px solid $edge; border-radius: 6px; }
QFrame[kind="hairline"] { background: $border; border: 0; }
QFrame[kind="banner-bad"] { background: $bg2; border: 1px solid $border; border-left: 3px solid $bad; border-radius: 4px; }
QFrame[kind="banner-warn"] { background: $bg2; border: 1px solid $border; border-left: 3px solid $warn; border-radius: 4px; }
QFrame[kind="banner-info"] { background: $bg2; border: 1px solid $border; border-left: 3px solid $accent; border-radius: 4px; }

QFrame[kind="composer"] { background: $bg1; border: 1px solid $edge; border-radius: 6px; }
QFrame[kind="composer"][focused="true"] { border: 1px solid $accent; }
QFrame[kind="bubble"] { background: $bg3; border: 0; border-radius: 8px; }

QLabel { background: transparent; }
QLabel[kind="title"] { color: $strong; font-size: 24px; font-weight: 600; }
QLabel[kind="figure"] { color: $strong; font-size: 20px; font-weight: 600; }
QLabel[kind="card-title"] { color: $strong; font-size: 15px; font-weight: 600; }
QLabel[kind="section"] { color: $strong; font-weight: 600; }
QLabel[kind="strong"] { color: $strong; }
QLabel[kind="muted"] { color: $muted; font-size: 12px; }
QLabel[kind="term"] { color: $faint; font-size: 11px; font-family: "JetBrains Mono"; }
QLabel[kind="data"] { font-size: 12px; font-family: "JetBrains Mono"; }
QLabel[kind="good"] { color: $good; font-size: 12px; }
QLabel[kind="warn"] { color: $warn; font-size: 12px; }
QLabel[kind="bad"] { color: $bad; font-size: 12px; }
QLabel[kind="keycap"] { color: $muted; border: 1px solid $border2; border-radius: 4px; padding: 1px 6px; font-size: 11px; }
QLabel[kind="pill"] { color: $muted; background: $bg3; border-radius: 10px; padding: 2px 9px; font-size: 12px; }
QLabel[kind="pill-good"] { color: $good; background: $addbg; border-radius: 10px; padding: 2px 9px; font-size: 12px; }
QLabel[kind="pill-bad"] { color: $bad; background: $delbg; border-radius: 10px; padding: 2px 9px; font-size: 12px; }
QLabel[kind="pill-warn"] { color: $warn; background: $warnbg; border-radius: 10px; padding: 2px 9px; font-size: 12px; }
QLabel[kind="pill-accent"] { color: $accent; background: $accentbg; border-radius: 10px; padding: 2px 9px; font-size: 12px; }

QPushButton { background: $bg2; color: $text; border: 1px solid $border2; border-radius: 6px; padding: 0 12px; min-height: 26px; }
QPushButton:hover { background: $bg3; }
QPushButton:pressed { background: $hover; }
QPushButton:focus { border: 1px solid $accent; }
QPushButton:disabled { color: $dis; background: transparent; border-color: $border; }
QPushButton[kind="primary"] { background: $accent; color: $accentfg; border: 1px solid $accent; font-weight: 600; }
QPushButton[kind="primary"]:focus { border: 2px solid $strong; }
QPushButton[kind="primary"]:disabled { background: transparent; color: $dis; border: 1px solid $border2; }
QPushButton[kind="link"] { background: transparent; border: 1px solid transparent; color: $accent; padding: 0 2px; min-height: 20px; }
QPushButton[kind="link"]:hover { text-decoration: underline; }
QPushButton[kind="link"]:focus { border: 1px solid $accent; border-radius: 4px; }
QPushButton[kind="link"]:disabled { color: $dis; }
QPushButton[kind="chip"] { background: $bg3; border: 1px solid transparent; border-radius: 10px; padding: 0 10px; min-height: 20px; font-size: 12px; }
QPushButton[kind="chip"]:checked { background: $accentbg; border-color: $accent; color: $strong; }
QPushButton[kind="chip"]:focus { border-color: $accent; }
QPushButton[kind="segment"] { background: transparent; border: 1px solid transparent; border-radius: 5px; color: $muted; padding: 0 10px; min-height: 22px; }
QPushButton[kind="segment"]:checked { background: $bg3; color: $strong; font-weight: 600; }
QPushButton[kind="segment"]:focus { border-color: $accent; }
QToolButton { background: transparent; border: 1px solid transparent; border-radius: 6px; padding: 3px; }
QToolButton:hover { background: $hover; }
QToolButton:focus { border-color: $accent; }
QToolButton::menu-indicator { image: none; }
QToolButton[kind="activity"] { border-radius: 0; border: 0; border-left: 2px solid transparent; min-width: 46px; min-height: 44px; }
QToolButton[kind="activity"]:checked { border-left: 2px solid $accent; background: $bg2; }
QToolButton[kind="activity"]:focus { background: $hover; border-left: 2px solid $strong; }

QLineEdit, QPlainTextEdit[kind="field"], QTextEdit[kind="field"], QSpinBox, QDoubleSpinBox, QComboBox {
  background: $bg1; color: $text; border: 1px solid $edge; border-radius: 6px; padding: 0 8px; min-height: 26px;
  selection-background-color: $sel; selection-color: $strong; }
QPlainTextEdit[kind="field"], QTextEdit[kind="field"] { padding: 4px 6px; }
QLineEdit:focus, QPlainTextEdit[kind="field"]:focus, QTextEdit[kind="field"]:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus {
  border: 1px solid $accent; }
QLineEdit:disabled, QComboBox:disabled, QSpinBox:disabled { color: $dis; border-color: $border2; }
QLineEdit[kind="bare"] { background: transparent; border: 0; padding: 0; }
QComboBox::drop-down { border: 0; width: 20px; }
QComboBox QAbstractItemView { background: $bg2; border: 1px solid $border2; selection-background-color: $sel; selection-color: $strong; }
QPlainTextEdit, QTextEdit, QTextBrowser { background: $bg1; color: $text; border: 0; selection-background-color: $sel; selection-color: $strong; }
QCheckBox, QRadioButton { spacing: 8px; background: transparent; }
QCheckBox:focus, QRadioButton:focus { color: $accent; }
QCheckBox::indicator, QRadioButton::indicator { width: 14px; height: 14px; border: 1px solid $edge; border-radius: 4px; background: $bg1; }
QRadioButton::indicator { border-radius: 8px; }
QCheckBox::indicator:checked, QRadioButton::indicator:checked { background: $accent; border-color: $accent; }
QCheckBox::indicator:disabled { border-color: $border2; }
QSlider { background: transparent; min-height: 20px; }
QSlider::groove:horizontal { height: 4px; background: $bg3; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal { width: 12px; height: 12px; margin: -4px 0; border-radius: 6px; background: $strong; }
QSlider::handle:horizontal:focus { background: $accent; }
QProgressBar { background: $bg3; border: 0; border-radius: 2px; max-height: 4px; min-height: 4px; }
QProgressBar::chunk { background: $accent; border-radius: 2px; }

QAbstractItemView { background: $bg1; border: 0; alternate-background-color: $bg1; gridline-color: $line; }
QTreeView::item, QListView::item, QTableView::item { min-height: 26px; border: 0; padding: 0 6px; }
QTreeView::item:hover, QListView::item:hover, QTableView::item:hover { background: $hover; }
QTreeView::item:selected, QListView::item:selected, QTableView::item:selected { background: $sel; color: $strong; }
QAbstractItemView:focus { border: 1px solid $accent; }
QHeaderView { background: $bg1; }
QHeaderView::section { background: $bg1; color: $muted; border: 0; border-bottom: 1px solid $border; padding: 6px; font-size: 12px; font-weight: 500; }
QTableCornerButton::section { background: $bg1; border: 0; }

QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: $border2; border-radius: 3px; margin: 2px; min-height: 28px; min-width: 28px; }
QScrollBar::handle:hover { background: $edge; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page { background: transparent; border: 0; width: 0; height: 0; }
QScrollArea { background: transparent; border: 0; }
QSplitter::handle { background: $border; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QMenu { background: $bg2; border: 1px solid $border2; padding: 4px; }
QMenu::item { padding: 5px 24px 5px 12px; border-radius: 4px; }
QMenu::item:selected { background: $sel; color: $strong; }
QMenu::item:disabled { color: $dis; }
QMenu::separator { height: 1px; background: $border; margin: 4px 6px; }
QMenuBar { background: $bg; }
QMenuBar::item { padding: 4px 8px; background: transparent; border-radius: 4px; }
QMenuBar::item:selected { background: $hover; }
QTabBar::tab { background: transparent; color: $muted; border: 0; border-bottom: 2px solid transparent; padding: 6px 12px; }
QTabBar::tab:selected { color: $strong; border-bottom: 2px solid $accent; }
QTabBar::tab:focus { color: $accent; }
QTabWidget::pane { border: 0; border-top: 1px solid $border; }

ads--CDockContainerWidget, ads--CDockAreaWidget, ads--CDockWidget, ads--CAutoHideDockContainer { background: $bg1; border: 0; }
ads--CDockContainerWidget > QSplitter { padding: 0; }
ads--CDockSplitter::handle { background: $border; }
ads--CDockAreaTitleBar { background: $bg; border: 0; border-bottom: 1px solid $border; padding: 0; min-height: 34px; }
ads--CDockWidgetTab { background: $bg; border: 0; border-right: 1px solid $border; border-top: 2px solid transparent; padding: 0 6px 0 10px; min-height: 32px; }
ads--CDockWidgetTab[activeTab="true"] { background: $bg1; border-top: 2px solid $border2; }
ads--CDockWidgetTab[focused="true"] { background: $bg1; border-top: 2px solid $accent; }
ads--CDockWidgetTab QLabel { color: $muted; }
ads--CDockWidgetTab[activeTab="true"] QLabel { color: $strong; }
ads--CDockWidgetTab QPushButton, ads--CDockAreaTitleBar QPushButton, ads--CTitleBarButton { background: transparent; border: 0; min-height: 16px; padding: 2px; }
ads--CDockWidgetTab QPushButton:hover { background: $hover; border-radius: 4px; }
""")


def stylesheet(tokens: Tokens) -> str:
    """The whole application's style sheet."""
    return _SHEET.substitute({name.rstrip("_"): colour for name, colour in asdict(tokens).items()})
