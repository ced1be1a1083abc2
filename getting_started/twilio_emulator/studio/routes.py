"""HTTP of Studio."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter()
hook = APIRouter()
